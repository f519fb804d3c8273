import type { PresignProvider, ProviderCapabilities } from "@skyput/server/provider";

/** A signed request, to be sent exactly as it is. */
export interface ReplayRequest {
	readonly method: string;
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: Uint8Array | undefined;
}

export interface ReplayResponse {
	readonly status: number;
	/** By lower-case name. */
	readonly headers: ReadonlyMap<string, string>;
	readonly body: Uint8Array;
}

/** What a case runs against. */
export interface ProviderContext {
	readonly provider: PresignProvider;
	/**
	 * Sends a signed request, adding only what a browser would add.
	 *
	 * @param request what the provider signed, with a body
	 * @returns the storage's response
	 */
	send(request: ReplayRequest): Promise<ReplayResponse>;
	/**
	 * Makes a key that no other case uses.
	 *
	 * @param name the last part of the key
	 * @returns the key
	 */
	key(name: string): string;
}

/** What happened, by the name of what was looked at: answers, and above all what is stored afterwards. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** An entry of the capabilities that a case is about, such as `createOnly.single`; `contract` for all others. */
export type CapabilityName =
	| "contract"
	| "conditionalDelete"
	| "copy"
	| "createOnly.single"
	| "createOnly.multipart"
	| "checksums.single"
	| "checksums.part"
	| "checksums.object"
	| "checksums.reported"
	| "enforce.contentType"
	| "enforce.partSize"
	| "enforce.singleSize"
	| "enforce.totalSize"
	| "metadataNames"
	| "multipart"
	| "multipart.abort"
	| "multipart.equalParts"
	| "multipart.listParts"
	| "partUrl"
	| "signing"
	| "unsignedHeaders";

/**
 * One requirement of {@link PresignProvider}, tested against a real storage server. Works with any
 * test runner:
 *
 * `for (const { name, expected, run } of providerCases) test(name, async () => expect(await run(context)).toEqual(expected))`
 */
export interface ProviderCase {
	/** A sentence about behaviour. */
	readonly name: string;
	/** What of the capabilities the case is about. */
	readonly capability: CapabilityName;
	/** Whether the case asserts that something is refused. */
	readonly refuses: boolean;
	/** What {@link run} resolves to when the provider meets the requirement. */
	readonly expected: Facts;
	/**
	 * Tells whether a provider must meet the requirement.
	 *
	 * @param capabilities those of the provider
	 * @returns false where the case is to be skipped
	 */
	applies(capabilities: ProviderCapabilities): boolean;
	/**
	 * Runs the case. A provider that breaks its contract on the way (a signed URL in an error, a header that
	 * browsers forbid) adds the fact `contract`.
	 *
	 * @param context the provider, and how to send requests
	 * @returns what happened, to be compared with {@link expected}
	 */
	run(context: ProviderContext): Promise<Facts>;
}

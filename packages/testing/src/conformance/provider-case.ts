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

/**
 * One requirement of {@link PresignProvider}, tested against a real storage server. Works with any
 * test runner:
 *
 * `for (const { name, expected, run } of providerCases) test(name, async () => expect(await run(context)).toBe(expected))`
 */
export interface ProviderCase {
	/** A sentence about behaviour. */
	readonly name: string;
	/** Whether the case asserts that something is refused. */
	readonly refuses: boolean;
	/** What {@link run} resolves to when the provider meets the requirement. */
	readonly expected: string;
	/**
	 * Tells whether a provider must meet the requirement.
	 *
	 * @param capabilities those of the provider
	 * @returns false where the case is to be skipped
	 */
	applies(capabilities: ProviderCapabilities): boolean;
	/**
	 * Runs the case.
	 *
	 * @param context the provider, and how to send requests
	 * @returns what happened, to be compared with {@link expected}
	 */
	run(context: ProviderContext): Promise<string>;
}

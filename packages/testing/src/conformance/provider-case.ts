import type { PresignProvider, ProviderCapabilities } from "@skyput/server/provider";

/** A signed request, to be sent exactly as it is. */
export interface ReplayRequest {
	readonly method: string;
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: Uint8Array;
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
	/** Sends a signed request, adding only what a browser would add. */
	send(request: ReplayRequest): Promise<ReplayResponse>;
	/** A key that no other case uses. */
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
	/** Whether a provider with these capabilities must meet the requirement. */
	applies(capabilities: ProviderCapabilities): boolean;
	/** Runs the case and describes what happened. */
	run(context: ProviderContext): Promise<string>;
}

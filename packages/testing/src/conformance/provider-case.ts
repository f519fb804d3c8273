import type { PresignProvider, ProviderCapabilities } from "@skyput/server/provider";

/** A request to send exactly as it stands. */
export interface ReplayRequest {
	readonly method: string;
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly body?: Uint8Array;
}

export interface ReplayAnswer {
	readonly status: number;
	/** Lower-case names. */
	readonly headers: ReadonlyMap<string, string>;
	readonly body: Uint8Array;
}

/** What a case works with. */
export interface ProviderContext {
	readonly provider: PresignProvider;
	/** Sends what was signed, adding nothing that a browser would not. */
	send(request: ReplayRequest): Promise<ReplayAnswer>;
	/** A key that nothing has used before. */
	key(name: string): string;
}

/**
 * One promise of {@link PresignProvider}, tried out against a real storage. For any runner:
 *
 * `for (const { name, answer, run } of providerCases) test(name, async () => expect(await run(context)).toBe(answer))`
 */
export interface ProviderCase {
	/** A sentence about behaviour. */
	readonly name: string;
	/** Whether the case asserts that something is refused. */
	readonly refuses: boolean;
	/** What {@link run} resolves to where the provider keeps its promise. */
	readonly answer: string;
	/** Whether a provider with these abilities makes the promise at all. */
	applies(capabilities: ProviderCapabilities): boolean;
	/** Carries the case out and says what happened. */
	run(context: ProviderContext): Promise<string>;
}

import { randomUUID } from "node:crypto";
import type { PresignProvider } from "@skyput/server/provider";
import { completionCases } from "./completion-cases.js";
import { guardCases } from "./guard-cases.js";
import { objectCases } from "./object-cases.js";
import { partCases } from "./part-cases.js";
import type {
	ProviderCase,
	ProviderContext,
	ReplayRequest,
	ReplayResponse,
} from "./provider-case.js";
import { singleCases } from "./single-cases.js";

/** All requirements of a provider, as data for any test runner. Skip those that do not apply to its capabilities. */
export const providerCases: readonly ProviderCase[] = [
	...singleCases,
	...guardCases,
	...objectCases,
	...partCases,
	...completionCases,
];

/** Known deviations of a storage server: the name of a case, and what happens instead of what it expects. */
export type Deviations = Readonly<Record<string, string>>;

export interface RunProviderCasesOptions {
	/** Runs only the cases whose name contains this text or matches this pattern. @default all */
	readonly filter?: string | RegExp | undefined;
	/** A known deviation passes when exactly that happens. @default none */
	readonly deviations?: Deviations | undefined;
	/** Called with one line per case, and a summary. @default console.log */
	readonly print?: ((line: string) => void) | undefined;
}

/** The result of one case. */
export interface CaseResult {
	readonly name: string;
	/** `passed` includes known deviations; `skipped` cases do not apply to the provider's capabilities. */
	readonly status: "passed" | "failed" | "skipped";
	readonly expected: string;
	/** What happened, or the error that was thrown. Absent when skipped. */
	readonly actual?: string | undefined;
	/** Whether `expected` is a known deviation. */
	readonly deviates: boolean;
}

/**
 * Runs the provider cases one after the other and prints each result.
 *
 * @param createProvider called once; the bucket must exist and may be filled with test objects
 * @param options which cases to run, and the known deviations of the storage server
 * @returns a result per case; the provider conforms when none has `failed`
 * @throws Error when `deviations` names a case that does not exist
 */
export async function runProviderCases(
	createProvider: () => PresignProvider | Promise<PresignProvider>,
	options: RunProviderCasesOptions = {},
): Promise<readonly CaseResult[]> {
	const { filter = "", deviations = {}, print = console.log } = options;
	const unknown = Object.keys(deviations).filter(
		(name) => !providerCases.some((known) => known.name === name),
	);
	if (unknown.length > 0) throw new Error(`No case is named ${JSON.stringify(unknown)}.`);
	const provider = await createProvider();
	const run = `skyput-conformance/${randomUUID()}`;
	const context: ProviderContext = { provider, send: replay, key: (name) => `${run}/${name}` };
	const chosen = providerCases.filter(({ name }) =>
		typeof filter === "string" ? name.includes(filter) : name.search(filter) >= 0,
	);
	const results: CaseResult[] = [];
	for (const providerCase of chosen) {
		const result = await runCase(providerCase, context, deviations[providerCase.name]);
		print(describe(result));
		results.push(result);
	}
	const count = (status: CaseResult["status"]): number =>
		results.filter((result) => result.status === status).length;
	print(`${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`);
	return results;
}

async function runCase(
	{ name, expected, applies, run }: ProviderCase,
	context: ProviderContext,
	deviation: string | undefined,
): Promise<CaseResult> {
	const facts = { name, expected: deviation ?? expected, deviates: deviation !== undefined };
	if (!applies(context.provider.capabilities)) return { ...facts, status: "skipped" };
	const actual = await run(context).catch((error: unknown) => `threw ${error}`);
	return { ...facts, status: actual === facts.expected ? "passed" : "failed", actual };
}

function describe({ name, status, expected, actual, deviates }: CaseResult): string {
	const note = deviates ? ` (known deviation: ${expected})` : "";
	if (status !== "failed") return `${status.padEnd(8)}${name}${note}`;
	return `${status.padEnd(8)}${name}${note}\n        expected: ${expected}\n        actual:   ${actual}`;
}

/**
 * Sends a signed request with Node's fetch, which treats headers as browsers do.
 *
 * @param request what the provider signed, with a body
 * @returns the storage's response
 */
export async function replay(request: ReplayRequest): Promise<ReplayResponse> {
	const { method, url, headers, body } = request;
	const response = await fetch(url, {
		method,
		headers,
		// following redirects would make fetch copy the body
		redirect: "error",
		...(body === undefined ? {} : { body: new Uint8Array(body) }),
	});
	return {
		status: response.status,
		headers: new Map(response.headers),
		body: new Uint8Array(await response.arrayBuffer()),
	};
}

import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { PresignProvider } from "@skyput/server/provider";
import { checkOptions } from "../check-options.js";
import { abortCases } from "./abort-cases.js";
import { boundCases } from "./bound-cases.js";
import { checksumCases } from "./checksum-cases.js";
import { completionCases } from "./completion-cases.js";
import { watch } from "./contract.js";
import { copyCases } from "./copy-cases.js";
import { createOnlyCases } from "./create-only-cases.js";
import { equalPartCases } from "./equal-part-cases.js";
import { listCases } from "./list-cases.js";
import { objectCases } from "./object-cases.js";
import { objectChecksumCases } from "./object-checksum-cases.js";
import { partCases } from "./part-cases.js";
import { partChecksumCases } from "./part-checksum-cases.js";
import type {
	Facts,
	ProviderCase,
	ProviderContext,
	ReplayRequest,
	ReplayResponse,
} from "./provider-case.js";
import { refusedCompletionCases } from "./refused-completion-cases.js";
import { singleCases } from "./single-cases.js";
import { unsignedHeaderCases } from "./unsigned-header-cases.js";
import { urlCases } from "./url-cases.js";

/** Runs a case with a provider whose calls are watched. */
async function runWatched({ run }: ProviderCase, context: ProviderContext): Promise<Facts> {
	const watched = watch(context.provider);
	const facts = await run({ ...context, provider: watched.provider }).catch((error: unknown) => ({
		threw: String(error),
	}));
	const { violations } = watched;
	return violations.length === 0 ? facts : { ...facts, contract: violations.join("; ") };
}

/** All requirements of a provider, as data for any test runner. Skip those that do not apply to its capabilities. */
export const providerCases: readonly ProviderCase[] = [
	...singleCases,
	...boundCases,
	...urlCases,
	...createOnlyCases,
	...checksumCases,
	...unsignedHeaderCases,
	...objectCases,
	...copyCases,
	...partCases,
	...equalPartCases,
	...partChecksumCases,
	...listCases,
	...completionCases,
	...refusedCompletionCases,
	...objectChecksumCases,
	...abortCases,
].map((providerCase) => ({
	...providerCase,
	run: (context) => runWatched(providerCase, context),
}));

/**
 * Known deviations of a storage server: the name of a case, and the facts that are other than expected. The
 * other facts must be as expected, so that what is stored is always asserted.
 */
export type Deviations = Readonly<Record<string, Facts>>;

export interface RunProviderCasesOptions {
	/** Runs only the cases whose name contains this text or matches this pattern. @default all */
	readonly filter?: string | RegExp | undefined;
	/** A known deviation passes when exactly its facts happen. @default none */
	readonly deviations?: Deviations | undefined;
	/** Called with one line per case, and a summary. @default console.log */
	readonly print?: ((line: string) => void) | undefined;
}

const optionNames: Readonly<Record<keyof RunProviderCasesOptions, true>> = {
	filter: true,
	deviations: true,
	print: true,
};

/** The result of one case. */
export interface CaseResult {
	readonly name: string;
	/** `passed` includes known deviations; `skipped` cases do not apply to the provider's capabilities. */
	readonly status: "passed" | "failed" | "skipped";
	readonly expected: Facts;
	/** What happened; `threw` is an error of the case itself. Absent when skipped. */
	readonly actual?: Facts | undefined;
	/** Whether `expected` is a known deviation. */
	readonly deviates: boolean;
}

/**
 * Runs the provider cases one after the other and prints each result.
 *
 * @param createProvider called once; the bucket must exist and may be filled with test objects
 * @param options which cases to run, and the known deviations of the storage server
 * @returns a result for each case; the provider conforms when none has `failed`
 * @throws Error when `deviations` names a case that does not exist
 */
export async function runProviderCases(
	createProvider: () => PresignProvider | Promise<PresignProvider>,
	options: RunProviderCasesOptions = {},
): Promise<readonly CaseResult[]> {
	checkOptions("runProviderCases()", options, optionNames);
	const { filter = "", deviations = {}, print = console.log } = options;
	const unknown = Object.keys(deviations).filter(
		(name) => !providerCases.some((known) => known.name === name),
	);
	if (unknown.length > 0) throw new Error(`No case is named ${JSON.stringify(unknown)}.`);
	if (typeof createProvider !== "function") {
		throw new TypeError(
			`runProviderCases() needs a function that returns the provider, not ${typeof createProvider}.`,
		);
	}
	const provider = await createProvider();
	if (typeof Object(provider).signUpload !== "function") {
		throw new TypeError(
			"runProviderCases() needs a function that returns the provider; it returned none.",
		);
	}
	const run = `skyput-conformance/${randomUUID()}`;
	let keys = 0;
	const key = (name: string): string => `${run}/${++keys}/${name}`;
	const context: ProviderContext = { provider, send: replay, key };
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
	deviation: Facts | undefined,
): Promise<CaseResult> {
	const facts = {
		name,
		expected: { ...expected, ...deviation },
		deviates: deviation !== undefined,
	};
	if (!applies(context.provider.capabilities)) return { ...facts, status: "skipped" };
	const actual = await run(context);
	const isSame = isDeepStrictEqual(actual, facts.expected);
	return { ...facts, status: isSame ? "passed" : "failed", actual };
}

function describe({ name, status, expected, actual = {}, deviates }: CaseResult): string {
	const suffix = deviates ? ` (known deviation: ${JSON.stringify(expected)})` : "";
	const line = `${status.padEnd(8)}${name}${suffix}`;
	if (status !== "failed") return line;
	const differing = [...new Set([...Object.keys(expected), ...Object.keys(actual)])]
		.filter((fact) => expected[fact] !== actual[fact])
		.map(
			(fact) => `\n        ${fact}: expected ${show(expected[fact])}, got ${show(actual[fact])}`,
		);
	return `${line}${differing.join("")}`;
}

const show = (value: Facts[string] | undefined): string =>
	value === undefined ? "nothing" : JSON.stringify(value);

/**
 * Sends a signed request with Node's fetch, which treats headers as browsers do.
 *
 * @param request what the provider signed, with a body
 * @returns the storage's response
 * @throws TypeError where it is no request
 */
export async function replay(request: ReplayRequest): Promise<ReplayResponse> {
	// callers without TypeScript may pass anything
	if (typeof Object(request).url !== "string") {
		throw new TypeError("replay() needs a signed request: { method, url, headers, body? }.");
	}
	const { method, url, headers, body } = request;
	const response = await fetch(url, {
		method,
		headers,
		// a signed URL is never redirected, and following would make fetch copy the body
		redirect: "manual",
		...(body === undefined ? {} : { body: new Uint8Array(body) }),
	});
	return {
		status: response.status,
		headers: new Map(response.headers),
		body: new Uint8Array(await response.arrayBuffer()),
	};
}

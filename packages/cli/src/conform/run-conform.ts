import type { CommandContext } from "../context.js";
import { type HeaderPairs, headersOf, readEndpoint } from "../endpoint-options.js";
import { usageError } from "../errors.js";
import { expectServer } from "./expect-server.js";
import { type CaseOutcome, runWireCases, wireCases } from "./wire-cases.js";

/** The options as commander reads them. */
export interface ConformOptions {
	readonly key: string;
	readonly header: HeaderPairs;
	readonly otherHeader: HeaderPairs;
	readonly origin?: string;
	readonly refusedKey?: string;
	readonly overwrite: boolean;
	readonly contentType: string;
	readonly only: readonly string[];
}

/**
 * Runs `skyput conform`.
 *
 * @param url - Where the server is mounted.
 * @param options - As commander read them.
 * @param context - The world around the command.
 * @throws CommandError `invalid-usage` before anything is sent, `endpoint-not-found` before the first case.
 */
export async function runConform(
	url: string,
	options: ConformOptions,
	context: CommandContext,
): Promise<void> {
	const { output, signal, fail } = context;
	const endpoint = readEndpoint(url);
	const { header: _, otherHeader, only, ...about } = options;
	if (!about.key.includes("{random}")) {
		throw usageError(
			`every case needs a new key: write {random} into ${JSON.stringify(about.key)}.`,
		);
	}
	const unknown = only.filter((name) => !wireCases.some((one) => one.name === name));
	if (unknown.length > 0) {
		throw usageError(
			`there is no case ${unknown.join(", ")}. The cases are listed at https://github.com/skyput/skyput/blob/main/docs/conform.md.`,
		);
	}
	const subject = {
		...about,
		url: endpoint,
		headers: headersOf(options, context),
		...(otherHeader.length > 0
			? { otherHeaders: headersOf({ header: otherHeader }, { env: {} }) }
			: {}),
	};
	await expectServer(subject);
	const outcomes = await runWireCases(subject, {
		signal,
		...(only.length > 0 ? { only } : {}),
		onOutcome: (outcome) => show(output, outcome),
	});
	const count = (wanted: CaseOutcome["outcome"]): number =>
		outcomes.filter(({ outcome }) => outcome === wanted).length;
	const [passed, failed, skipped] = [count("passed"), count("failed"), count("skipped")];
	output.document({ passed, failed, skipped, cases: outcomes });
	output.print(`${passed} passed, ${failed} failed, ${skipped} skipped`);
	if (failed > 0) fail();
}

const colors = { passed: "green", failed: "red", skipped: "dim" } as const;

function show(
	output: CommandContext["output"],
	{ name, sentence, request, expects, outcome, reason }: CaseOutcome,
): void {
	output.print(`${output.style(colors[outcome], outcome.padEnd(7))}  ${name}: ${sentence}`);
	if (reason !== undefined && outcome === "skipped") output.print(`           ${reason}`);
	if (outcome !== "failed") return;
	output.print(`           sent: ${request}`);
	output.print(`           expected: ${expects}`);
	output.print(`           seen: ${reason}`);
}

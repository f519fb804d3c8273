import { Help } from "commander";
import type { CommandContext } from "../context.js";
import { connectSource } from "./check-page-policies.js";
import type { Finding, Section } from "./finding.js";

/**
 * Prints what was found, for people and with `--json`. Errors make the command fail.
 *
 * @param sections - What each subject came to.
 * @param contacts - The origins that pages connect to.
 */
export function report(
	{ output, fail }: Pick<CommandContext, "output" | "fail">,
	sections: readonly (readonly [subject: string, section: Section])[],
	contacts: readonly string[],
): void {
	const all = sections.flatMap(([subject, { findings }]) =>
		findings.map((found) => ({ subject, ...found })),
	);
	const errors = all.filter(({ severity }) => severity === "error");
	output.document({
		findings: all,
		skipped: sections.flatMap(([, { skipped }]) => skipped),
		left: sections.flatMap(([, { left }]) => left),
		contacts,
	});
	for (const [subject, { findings, skipped, left, isTried = true }] of sections) {
		output.print(output.style("bold", subject));
		if (findings.length === 0 && isTried) {
			output.print(`  ${output.style("green", "no findings")}`);
		}
		for (const found of findings) printFinding(found);
		for (const why of skipped) output.print(output.style("dim", `  not tried: ${why}`));
		for (const key of left) output.print(`  left behind, not allowed to delete: ${key}`);
		output.print();
	}
	if (contacts.length > 0) {
		output.print(`A page with a Content-Security-Policy needs: ${connectSource(contacts)}\n`);
	}
	output.print(`${count(errors.length, "error")}, ${count(all.length - errors.length, "warning")}`);
	if (errors.length > 0) fail();

	function printFinding({ severity, code, message, fix }: Finding): void {
		const color = severity === "error" ? "red" : "yellow";
		output.print(`  ${output.style(color, severity)}  ${output.style("bold", code)}`);
		// a fix is copied, so it stays on its line
		const width = output.isTerminal ? output.columns - 4 : Number.POSITIVE_INFINITY;
		output.print(indented(new Help().boxWrap(message, width), "    "));
		output.print(`    ${output.style("cyan", "→")} ${indented(fix, "      ").trimStart()}`);
	}
}

const indented = (text: string, indent: string): string => text.replaceAll(/^/gm, indent);

const count = (number: number, noun: string): string =>
	`${number} ${noun}${number === 1 ? "" : "s"}`;

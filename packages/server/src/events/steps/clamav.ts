import { formatSizes } from "../../uploads/size.js";
import { inspectArchive } from "../archive/inspect-archive.js";
import {
	clean,
	failed,
	infected,
	namedStep,
	type Step,
	type StepFacts,
	type StepInput,
	type StepResult,
	unscannable,
} from "../step.js";
import { checkClamd } from "./check-clamd.js";
import { type ClamavOptions, type ClamavSettings, clamavSettings } from "./clamav-options.js";
import { beginScan, ClamdError } from "./clamd.js";

/**
 * Makes a step that sends the object to clamd, and never to its disk here. `clean` needs more than clamd's `OK`,
 * which it also says of what it did not read: objects and members beyond its limits, archives that it cannot
 * read or whose headers are wrong, and alerts of limits or encryption are `unscannable`. Without an answer, with
 * signatures that are too old, or with another `clamd.conf` than the options say, it is `failed`.
 *
 * @param options - Where clamd is, and its limits.
 * @returns The step, for the option `steps` of an object handler.
 * @throws TypeError for an option that makes no sense.
 */
export function clamav(options: ClamavOptions): Step {
	const settings = clamavSettings(options);
	const check = checkClamd(settings);
	return namedStep("clamav", async (input) => {
		try {
			const engine = await check();
			return engine.verdict === "clean" ? await scan(input, settings, engine.facts) : engine;
		} catch (error) {
			if (!(error instanceof ClamdError)) throw error;
			return failed("scanner-unavailable", error.message);
		}
	});
}

async function scan(
	{ reader, signal }: StepInput,
	{ address, maxSize, rules }: ClamavSettings,
	facts: StepFacts | undefined,
): Promise<StepResult> {
	if (reader.size > maxSize) {
		const [has, reads] = formatSizes(reader.size, maxSize);
		const detail = `The file has ${has}; clamd reads ${reads}.`;
		return unscannable("scan-limit", detail, facts);
	}
	const inspection = await inspectArchive(reader, rules);
	const isArchive = inspection !== null && "take" in inspection;
	let sending: ReturnType<typeof beginScan> | undefined;
	const cancel = (): void => sending?.cancel();
	signal.addEventListener("abort", cancel, { once: true });
	try {
		let isWalking = isArchive;
		await reader.readAll(async (chunk) => {
			// not earlier: clamd waits for no other steps
			sending ??= beginScan(address);
			const goesOn = await sending.send(chunk);
			if (isWalking && isArchive) isWalking = await inspection.take(chunk);
			return goesOn;
		});
		sending ??= beginScan(address);
		const result = readAnswer(await sending.end(), facts);
		// malware counts also where not all could be read
		if (result.verdict !== "clean" || inspection === null) return result;
		const content = isArchive ? await inspection.end() : inspection;
		return "verdict" in content ? { ...content, facts } : result;
	} finally {
		signal.removeEventListener("abort", cancel);
		cancel();
	}
}

/** https://docs.clamav.net/manual/Usage/Scanning.html#clamd */
function readAnswer(answer: string, facts: StepFacts | undefined): StepResult {
	if (answer === "stream: OK") return clean(facts);
	const name = /^stream: (.*) FOUND$/.exec(answer)?.[1];
	if (name !== undefined) {
		const found = { ...facts, clamavFound: name };
		if (name.startsWith("Heuristics.Encrypted")) {
			return unscannable("encrypted", "The file, or a part of it, is encrypted.", found);
		}
		if (name.startsWith("Heuristics.Limits.Exceeded")) {
			return unscannable("scan-limit", `The file is beyond a limit of clamd (${name}).`, found);
		}
		return infected("malware", `clamd found ${name}.`, found);
	}
	if (answer.startsWith("INSTREAM size limit exceeded")) {
		return unscannable("scan-limit", "The file is longer than clamd's StreamMaxLength.", facts);
	}
	return failed("scanner-error", `clamd answered "${answer.slice(0, 200)}".`, facts);
}

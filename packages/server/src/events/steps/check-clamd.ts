import { randomBytes } from "node:crypto";
import { createGzip, gzipSync } from "node:zlib";
import { clean, failed, type StepFacts, type StepResult } from "../step.js";
import type { ClamavSettings } from "./clamav-options.js";
import { askClamd, beginScan, type ClamdAddress } from "./clamd.js";

/** Milliseconds for which the version counts. */
const versionLife = 60_000;
const day = 86_400_000;

/** The test string of EICAR, in two halves: no scanner reports this file. */
const eicar = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}", "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"];

/** A zip with one encrypted member. */
const encrypted =
	"504b03042d00010808000000000017c3029f0d0000000d000000010000006173656372657420736563726574504b01021e032d00010808000000000017c3029f0d0000000d000000010000000000000000000000a4810000000061504b050600000000010001002f0000002c0000000000";

/**
 * Makes a function that says which clamd answers. It sends four small files at its first use, since clamd tells
 * its limits in no other way.
 *
 * @returns `clean` with facts for the record, or `failed` where clamd cannot be relied on.
 */
export function checkClamd(settings: ClamavSettings): () => Promise<StepResult> {
	const { address, maxAge } = settings;
	let tested: Promise<string | undefined> | undefined;
	let asked: { readonly at: number; readonly version: Promise<string> } | undefined;

	return async () => {
		if (!asked || Date.now() - asked.at > versionLife) {
			asked = { at: Date.now(), version: askClamd(address, "VERSION") };
		}
		const version = await asked.version.catch((error: unknown) => {
			asked = undefined;
			throw error;
		});
		const { facts, time } = readVersion(version);
		if (maxAge !== false && !(Date.now() - time <= maxAge * day)) {
			const age = Number.isNaN(time)
				? "clamd does not tell how old its signatures are"
				: `clamd's signatures are of ${new Date(time).toISOString()}`;
			const detail = `${age}; maxAge allows ${maxAge} days. Does freshclam run?`;
			return failed("scanner-outdated", detail, facts);
		}
		tested ??= findFault(settings);
		const fault = await tested.catch((error: unknown) => {
			tested = undefined;
			throw error;
		});
		if (fault === undefined) return clean(facts);
		// the next object asks again: clamd may have been restarted by then
		tested = undefined;
		return failed("scanner-misconfigured", fault, facts);
	};
}

/** `ClamAV 1.4.6/27900/Sat Nov 28 08:00:00 2026`; the engine alone without an official database. */
function readVersion(version: string): { readonly facts: StepFacts; readonly time: number } {
	const [engine = "", signatures, date] = version.split("/");
	const time = Date.parse(`${date} UTC`);
	const facts: StepFacts = {
		clamav: engine,
		...(signatures === undefined ? {} : { clamavSignatures: signatures }),
		...(Number.isNaN(time) ? {} : { clamavSignaturesTime: new Date(time).toISOString() }),
	};
	return { facts, time };
}

/** Why clamd's `OK` would mean less than the options say; undefined where it does not. */
async function findFault(settings: ClamavSettings): Promise<string | undefined> {
	const { address, maxRecursion, maxFileSize } = settings;
	if (!(await scan(address, [Buffer.from(eicar.join(""))])).endsWith(" FOUND")) {
		return "clamd does not find the test file of EICAR. Has it signatures?";
	}
	if ((await scan(address, [Buffer.from(encrypted, "hex")])) === "stream: OK") {
		return "clamd calls an encrypted zip OK. Set AlertEncrypted to yes in clamd.conf.";
	}
	// random, since clamd caches what it called OK
	let nested: Buffer = randomBytes(16);
	for (let depth = 0; depth < maxRecursion; depth++) nested = gzipSync(nested);
	if ((await scan(address, [nested])) === "stream: OK") {
		return `clamd reads deeper than the option maxRecursion (${maxRecursion}) says, or is silent about its limits. Set AlertExceedsMax to yes in clamd.conf, and maxRecursion to its MaxRecursion.`;
	}
	if ((await scan(address, zeros(maxFileSize))) === "stream: OK") return undefined;
	return `clamd does not read ${maxFileSize} bytes of a member. Set the option maxFileSize to the MaxFileSize of clamd.conf.`;
}

async function scan(
	address: ClamdAddress,
	chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<string> {
	const sending = beginScan(address);
	try {
		for await (const chunk of chunks) await sending.send(chunk);
		return await sending.end();
	} finally {
		sending.cancel();
	}
}

/** Zeros, packed to about a thousandth. */
async function* zeros(length: number): AsyncGenerator<Uint8Array> {
	const gzip = createGzip({ level: 1 });
	const block = new Uint8Array(2 ** 20);
	const write = async (): Promise<void> => {
		for (let left = length; left > 0; left -= block.length) {
			const chunk = block.subarray(0, left);
			await new Promise((resolve) => gzip.write(chunk, resolve));
		}
		gzip.end();
	};
	try {
		void write();
		for await (const chunk of gzip) yield chunk as Uint8Array;
	} finally {
		gzip.destroy();
	}
}

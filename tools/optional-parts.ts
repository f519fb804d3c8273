import { engines, missingEngine } from "./browsers/engines.ts";
import { findCeph } from "./find-ceph.ts";
import { findProgram } from "./find-program.ts";
import { missingRuntime, runtimes } from "./runtimes.ts";
import { findClamd } from "./start-clamd.ts";

/** What is missing for the full suite, and how to get it: one line each. */
export function missingParts(): string[] {
	const missing = engines.flatMap((engine) => {
		const how = missingEngine(engine);
		return how ? [`browser tests need ${how}`] : [];
	});
	if (!findCeph()) {
		missing.push(
			"the Ceph tests need Ceph: `sudo apt-get install -y --no-install-recommends radosgw ceph-mon ceph-osd`",
		);
	}
	if (!findClamd()) {
		missing.push(
			"the tests of clamav() need clamd: `sudo apt-get install -y --no-install-recommends clamav-daemon`",
		);
	}
	for (const shell of ["fish", "zsh"]) {
		if (findProgram({ names: [shell] })) continue;
		missing.push(
			`the completion of ${shell} needs it: \`sudo apt-get install -y --no-install-recommends ${shell}\``,
		);
	}
	for (const runtime of runtimes) {
		const how = missingRuntime(runtime);
		if (how) missing.push(`a test of the client or the command needs ${how}`);
	}
	return missing;
}

/** Names what a run leaves out. */
export default function optionalParts(): void {
	const lines = missingParts().map((part) => `left out: ${part}\n`);
	if (lines.length > 0) process.stderr.write(`\n${lines.join("")}\n`);
}

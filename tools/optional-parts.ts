import { engines, missingEngine } from "./browsers/engines.ts";
import { findCeph } from "./find-ceph.ts";
import { missingRuntime, runtimes } from "./runtimes.ts";

/** Names what is missing for the full suite and how to get it; under `CI=true` that is a failure. */
export default function optionalParts(): void {
	const missing = engines.flatMap((engine) => {
		const how = missingEngine(engine);
		return how ? [`browser tests need ${how}`] : [];
	});
	if (!findCeph()) {
		missing.push(
			"the Ceph tests need Ceph: `sudo apt-get install -y --no-install-recommends radosgw ceph-mon ceph-osd`",
		);
	}
	for (const runtime of runtimes) {
		const how = missingRuntime(runtime);
		if (how) missing.push(`a test of the client needs ${how}`);
	}
	if (missing.length === 0) return;
	const text = missing.map((line) => `left out: ${line}`).join("\n");
	if (process.env["CI"] === "true")
		throw new Error(`CI runs the full suite, and parts are missing\n${text}`);
	process.stderr.write(`\n${text}\n\n`);
}

import { findCeph } from "./find-ceph.ts";
import { findChromium } from "./find-chromium.ts";

/** Names what is missing for the full suite and how to get it; under `CI=true` that is a failure. */
export default function optionalParts(): void {
	const missing: string[] = [];
	if (!findChromium()) {
		missing.push(
			"browser tests need Chromium: `sudo apt-get install -y chromium` (or set CHROMIUM=/path/to/chrome)",
		);
	}
	if (!findCeph()) {
		missing.push(
			"the Ceph tests need Ceph: `sudo apt-get install -y --no-install-recommends radosgw ceph-mon ceph-osd`",
		);
	}
	if (missing.length === 0) return;
	const text = missing.map((line) => `left out: ${line}`).join("\n");
	if (process.env["CI"] === "true")
		throw new Error(`CI runs the full suite, and parts are missing\n${text}`);
	process.stderr.write(`\n${text}\n\n`);
}

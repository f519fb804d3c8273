import { expect, test } from "vitest";
import { runSteps, type StepsResult } from "../../../src/events/run-steps.js";
import type { ScanReport } from "../../../src/events/step.js";
import { guardDuty } from "../../../src/events/steps/guard-duty.js";
import { serveObject } from "../../support/range-server.js";

async function look(about: {
	readonly scanReport?: ScanReport;
	readonly tags?: Readonly<Record<string, string>>;
	readonly tag?: boolean;
}): Promise<StepsResult> {
	const { scanReport, tags, tag } = about;
	const served = await serveObject(new Uint8Array(10));
	return runSteps([guardDuty({ tag })], {
		...served,
		scanReport,
		tags: tags && (async () => tags),
	});
}
const name = "GuardDutyMalwareScanStatus";

test.each([
	["COMPLETED", "NO_THREATS_FOUND", "clean"],
	["COMPLETED", "THREATS_FOUND", "infected"],
	["SKIPPED", "UNSUPPORTED", "unscannable"],
	["SKIPPED", "ACCESS_DENIED", "failed"],
	["FAILED", "FAILED", "failed"],
	["FAILED", undefined, "failed"],
	["COMPLETED", undefined, "failed"],
	["FAILED", "NO_THREATS_FOUND", "failed"],
	["SKIPPED", "NO_THREATS_FOUND", "failed"],
	["COMPLETED", "SOMETHING_NEW", "failed"],
] as const)("A scan that is %s with %s is %s", async (status, result, verdict) => {
	const scanReport = { status, ...(result ? { result } : {}) };
	expect((await look({ scanReport })).verdict).toBe(verdict);
	// the event is newer than the tag
	expect((await look({ scanReport, tags: { [name]: "NO_THREATS_FOUND" } })).verdict).toBe(verdict);
});

test("The threats are named, without what would break a log", async () => {
	const scanReport = {
		status: "COMPLETED",
		result: "THREATS_FOUND",
		threats: ["EICAR-Test-File", "a\n<b>"],
	};
	const result = await look({ scanReport });
	expect(result).toMatchObject({ reason: "malware", facts: { guardDuty: "THREATS_FOUND" } });
	expect(result.detail).toBe("GuardDuty found EICAR-Test-File, a__b_.");
});

test("Without an event the tag counts, unless it must not", async () => {
	const tags = { owner: "me", [name]: "NO_THREATS_FOUND" };
	expect((await look({ tags })).verdict).toBe("clean");
	expect((await look({ tags: { [name]: "THREATS_FOUND" } })).verdict).toBe("infected");
	expect((await look({ tags, tag: false })).verdict).toBe("pending");
});

test("Without a result the object waits", async () => {
	expect(await look({})).toMatchObject({ verdict: "pending", reason: "no-scan-yet" });
	expect((await look({ tags: {} })).verdict).toBe("pending");
});

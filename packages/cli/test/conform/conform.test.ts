import { defineUploads } from "@skyput/server";
import { startBackend } from "@skyput/testing";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../run.js";
import { startFront } from "../start-front.js";

const uploads = defineUploads({ "files/:name": { authorize: "public" } });
const log = { error() {}, warn() {}, info() {} };

test("conform counts the cases, names what failed, and ends with 1 for a broken server", async () => {
	const { endpoint, close } = await startBackend({ uploads, handler: { log } });
	onTestFinished(close);
	const only = ["--only", "no-store", "--only", "other-type", "--only", "preflight"];
	const words = ["--key", "files/{random}", ...only];
	const right = await run(["conform", endpoint, ...words]);
	expect(right.exitCode).toBe(0);
	expect(right.stdout).toContain("passed   no-store: No answer is kept by a cache");
	expect(right.stdout).toContain("needs --origin");
	expect(right.stdout).toMatch(/2 passed, 0 failed, 1 skipped\n$/);
	const front = await startFront(new URL(endpoint).origin, {
		after: (_, reply) => ({ ...reply, headers: { ...reply.headers, "cache-control": "public" } }),
	});
	const broken = await run(["--json", "conform", `${front}/uploads/`, ...words]);
	expect(broken.exitCode).toBe(1);
	expect(broken.documents).toEqual([
		expect.objectContaining({
			passed: 1,
			failed: 1,
			skipped: 1,
			cases: expect.arrayContaining([
				expect.objectContaining({
					name: "no-store",
					outcome: "failed",
					reason: "Cache-Control: public on 400",
				}),
			]),
		}),
	]);
});

test("a key without {random}, an unknown case and something else than a URL are wrong usage", async () => {
	const url = "http://127.0.0.1:9/uploads";
	for (const [words, message] of [
		[[url, "--key", "files/a"], "write {random} into"],
		[[url, "--key", "files/{random}", "--only", "nothing"], "there is no case nothing"],
		[["uploads", "--key", "files/{random}"], 'the endpoint "uploads" is no URL'],
	] as const) {
		const { exitCode, stderr } = await run(["conform", ...words]);
		expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
	}
});

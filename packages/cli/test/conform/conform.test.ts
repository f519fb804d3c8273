import { defineUploads } from "@skyput/server";
import { startBackend } from "@skyput/testing";
import { expect, onTestFinished, test } from "vitest";
import { closedOrigin } from "../../../../tools/closed-origin.js";
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
	expect(right.stdout).toContain("passed   no-store: No response may be kept by a cache");
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

test.each([
	[
		"a page that is not found",
		{ status: 404, headers: { "content-type": "text/html" }, body: "<h1>Not found</h1>" },
		/POST got 404 \(text\/html\).*Correct `endpoint`, or the route\./,
	],
	[
		"another API",
		{ status: 200, headers: { "content-type": "application/json" }, body: '{"code":"OK"}' },
		/POST got 200 \(application\/json\)/,
	],
	[
		"a redirect",
		{ status: 308, headers: { location: "/api/uploads?token=secret" }, body: "" },
		/is redirected to http:\/\/127\.0\.0\.1:\d+\/api\/uploads\. endpoint: "/,
	],
	[
		"a login",
		{ status: 401, headers: {}, body: "" },
		/POST got 401 \(no content type\).*`--header`/,
	],
])("where %s answers, conform says so once, and runs no case", async (_, reply, message) => {
	const front = await startFront("http://127.0.0.1:9", { before: () => reply });
	const words = ["conform", `${front}/uploads`, "--key", "files/{random}"];
	const { exitCode, stdout, stderr } = await run(words);
	expect([exitCode, stdout]).toEqual([1, ""]);
	expect(stderr).toContain(`there is no upload handler at ${front}/uploads: `);
	expect(stderr).toMatch(message);
	expect(stderr).not.toContain("secret");
});

test("where nothing listens, conform says so once", async () => {
	const words = ["--json", "conform", `${closedOrigin}/uploads`, "--key", "files/{random}"];
	const { exitCode, documents } = await run(words);
	const message = expect.stringContaining("nothing listens on that port. Start the server");
	expect([exitCode, documents]).toEqual([1, [{ error: { code: "endpoint-not-found", message } }]]);
});

test("a server whose errors are all wrong is held to every case", async () => {
	const { endpoint, close } = await startBackend({ uploads, handler: { log } });
	onTestFinished(close);
	const front = await startFront(new URL(endpoint).origin, {
		after: (_, reply) => (reply.status < 400 ? reply : { status: 500, body: "" }),
	});
	const only = ["--only", "other-type", "--only", "single-plan"];
	const words = ["conform", `${front}/uploads`, "--key", "files/{random}", ...only];
	const { exitCode, stdout } = await run(words);
	expect([exitCode, stdout]).toEqual([
		1,
		expect.stringMatching(/1 passed, 1 failed, 0 skipped\n$/),
	]);
});

test("a key without {random}, an unknown case and an endpoint that is not a URL are wrong usage", async () => {
	const url = "http://127.0.0.1:9/uploads";
	for (const [words, message] of [
		[[url, "--key", "files/a"], "write {random} into"],
		[[url, "--key", "files/{random}", "--only", "nothing"], "there is no case nothing"],
		[["uploads", "--key", "files/{random}"], 'the endpoint "uploads" is not an http or https URL'],
	] as const) {
		const { exitCode, stderr } = await run(["conform", ...words]);
		expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
	}
});

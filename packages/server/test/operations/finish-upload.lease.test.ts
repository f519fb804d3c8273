import { expect, onTestFinished, test, vi } from "vitest";
import { type CompletionStore, memoryCompletions } from "../../src/completions.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { createBody, serve, silentLog } from "../support/call.js";

/** A server whose `onComplete` waits for the test, and an upload that is stored. */
async function storedUpload(
	completions: CompletionStore,
	onComplete: (runs: number) => unknown,
	rule: { readonly key?: () => string } = {},
) {
	let runs = 0;
	const uploads = defineUploads({
		"a/:n": { authorize: "public", ...rule, onComplete: () => onComplete(++runs) },
	});
	const log = silentLog();
	const server = serve({ uploads, completions, log });
	const { body } = await server.post("", createBody("a/x", 5));
	server.provider.storeObject("a/x", 5, body["uploadId"]);
	return {
		server,
		log,
		runs: () => runs,
		complete: () => server.post("complete", { token: body["token"] }),
	};
}

test("of five completes at once one runs onComplete, the others are pending, and one answer stands", async () => {
	const { promise, resolve } = Promise.withResolvers<void>();
	const { complete, runs } = await storedUpload(memoryCompletions(), async (id) => {
		await promise;
		return { id, at: new Date(0) };
	});
	const answers = Array.from({ length: 5 }, complete);
	const others = await Promise.race(answers);
	expect(others).toMatchObject({ status: 202, body: { state: "pending", retryAfter: 2 } });
	resolve();
	const done = await Promise.all(answers);
	expect(done.map(({ status }) => status).sort()).toEqual([200, 202, 202, 202, 202]);
	const data = { id: 1, at: "1970-01-01T00:00:00.000Z" };
	expect(done.find(({ status }) => status === 200)?.body["data"]).toEqual(data);
	expect((await complete()).body["data"]).toEqual(data);
	expect(runs()).toBe(1);
});

test("an onComplete that throws ends its lease, so that the next call runs it", async () => {
	const { complete, runs } = await storedUpload(memoryCompletions(), (id) => {
		if (id === 1) throw new Error("the database is away");
		return id;
	});
	expect(await complete()).toMatchObject({ status: 500, headers: { "retry-after": "1" } });
	expect((await complete()).body["data"]).toBe(2);
	expect(runs()).toBe(2);
});

test("a long onComplete renews its lease every 20 seconds, and a holder that died loses it after 60", async () => {
	vi.useFakeTimers();
	onTestFinished(() => void vi.useRealTimers());
	const { promise, resolve } = Promise.withResolvers<void>();
	const memory = memoryCompletions();
	const renew = vi.fn(async (id: string, seconds: number) => memory.renew?.(id, seconds));
	const store = { ...memory, renew };
	const { complete, runs } = await storedUpload(store, async (id) => {
		await promise;
		return id;
	});
	const first = complete();
	// the first call itself is told to ask again after 24 s, and its work goes on
	await vi.advanceTimersByTimeAsync(100_000);
	expect((await first).status).toBe(202);
	expect(renew).toHaveBeenCalledTimes(5);
	expect((await complete()).status).toBe(202);
	renew.mockRejectedValue(new Error("the store is away"));
	await vi.advanceTimersByTimeAsync(61_000);
	const second = complete();
	await vi.advanceTimersByTimeAsync(0);
	expect(runs()).toBe(2);
	resolve();
	// both ran, and the result that was recorded first stands
	expect((await second).body["data"]).toBe(1);
	expect((await complete()).body["data"]).toBe(1);
});

test("a rejection is recorded before its object is deleted, and a repeat deletes what a crash left", async () => {
	const order: string[] = [];
	const store = memoryCompletions();
	const record = store.finish;
	store.finish = (...call) => {
		order.push("record");
		return record(...call);
	};
	const uploads = defineUploads({
		"a/*n": { authorize: "public", key: () => "a/x", onComplete: ({ reject }) => reject("no") },
	});
	const server = serve({ uploads, completions: store, log: silentLog() });
	const { body } = await server.post("", createBody("a/x", 5));
	server.provider.storeObject("a/x", 5, body["uploadId"]);
	server.provider.before = (method) => {
		if (method !== "delete") return;
		order.push("delete");
		if (order.length === 2) throw new Error("the process ends here");
	};
	const complete = () => server.post("complete", { token: body["token"] });
	expect((await complete()).status).toBe(500);
	expect(server.provider.objects.has("a/x")).toBe(true);
	expect((await complete()).body.code).toBe("rejected");
	expect(server.provider.objects.has("a/x")).toBe(false);
	expect((await complete()).body.code).toBe("rejected");
	expect(order).toEqual(["record", "delete", "delete"]);
});

test("while the holder deletes a rejected object, others are pending or rejected, never told that it is missing", async () => {
	const store = memoryCompletions();
	const { complete, server } = await storedUpload(store, () => undefined, { key: () => "a/x" });
	server.provider.objects.clear();
	const begin = vi.spyOn(store, "begin").mockResolvedValueOnce("running");
	expect((await complete()).status).toBe(202);
	begin.mockResolvedValueOnce({ rejected: "no" });
	expect((await complete()).body.code).toBe("rejected");
	// without a record it is missing, and no lease stays behind
	for (let i = 0; i < 2; i++) expect((await complete()).body.code).toBe("upload-not-found");
});

test("a store that fails is a retryable 500, and its error stays in the log", async () => {
	const store = memoryCompletions();
	const { complete, log } = await storedUpload(store, () => "saved");
	vi.spyOn(store, "begin").mockRejectedValueOnce(new Error("the table is away"));
	const answer = await complete();
	expect(answer).toMatchObject({ status: 500, headers: { "retry-after": "1" } });
	expect(JSON.stringify(answer.body)).not.toContain("table");
	expect(JSON.stringify(log.lines)).toContain("the table is away");
	expect((await complete()).body["data"]).toBe("saved");
});

test.each([
	["begin", undefined],
	["begin", null],
	["begin", "done"],
	["finish", undefined],
	["finish", "OK"],
])(
	"a store whose %s returns %j is a retryable 500 that names the method, never a finished upload",
	async (method, answer) => {
		const { complete, log } = await storedUpload(
			{ ...memoryCompletions(), [method]: async () => answer },
			() => "saved",
		);
		expect(await complete()).toMatchObject({ status: 500, headers: { "retry-after": "1" } });
		expect(JSON.stringify(log.lines)).toContain(`${method} of a store returned ${answer}`);
	},
);

test("a recorded reason that is no text is told as text", async () => {
	const { complete } = await storedUpload(
		{ ...memoryCompletions(), begin: async () => ({ rejected: 7 as unknown as string }) },
		() => "saved",
	);
	expect(await complete()).toMatchObject({ status: 422, body: { code: "rejected", detail: "7" } });
});

test("an onComplete that throws after the 202 is one error line in the log, and the next call runs it", async () => {
	vi.useFakeTimers();
	onTestFinished(() => void vi.useRealTimers());
	const { promise, resolve } = Promise.withResolvers<void>();
	const { complete, log, server } = await storedUpload(memoryCompletions(), async (id) => {
		if (id > 1) return id;
		await promise;
		throw new Error("the database is away");
	});
	const first = complete();
	await vi.advanceTimersByTimeAsync(25_000);
	expect((await first).status).toBe(202);
	expect(log.lines).toEqual([]);
	resolve();
	await vi.advanceTimersByTimeAsync(0);
	expect(log.lines).toEqual([
		expect.objectContaining({
			level: "ERROR",
			requestId: "request-1",
			operation: "complete",
			uploadId: server.provider.objects.get("a/x")?.uploadId,
			reason: "onComplete, or the store of its results, threw",
			cause: expect.objectContaining({ message: "the database is away" }),
		}),
	]);
	expect(await complete()).toMatchObject({ status: 200, body: { data: 2 } });
});

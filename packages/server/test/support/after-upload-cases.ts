import * as v from "valibot";
import { expect, test } from "vitest";
import type { ObjectHandlerResult } from "../../src/events/create-object-handler.js";
import type { ObjectEvent } from "../../src/events/object-event.js";
import { clean, failed, type Step, unscannable } from "../../src/events/step.js";
import { memoryOutcomes } from "../../src/outcomes.js";
import type { PresignProvider } from "../../src/provider.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import type { CompleteInput } from "../../src/uploads/rule.js";
import { afterUpload, findBad, replaceObject } from "./after-upload.js";

const completed: CompleteInput[] = [];

/** The server makes the keys, so that storages without create-only copies can have the rule. */
const uploads = defineUploads({
	"made/:userId/*path": {
		authorize: "public",
		authorizeRead: "public",
		quarantine: true,
		maxSize: "1 MB",
		key: ({ params }) => `made/${params.userId}/${crypto.randomUUID()}`,
		cacheControl: "max-age=60",
		metadata: v.object({ albumId: v.number(), title: v.string() }),
		onComplete: (input) => {
			completed.push(input);
			if (input.metadata.title === "refused") input.reject("no such album");
			return { seen: input.key };
		},
	},
});

const metadata = { albumId: 5, title: "A b" };

const resultOf = (result: unknown) => (result as ObjectHandlerResult).outcomes;

function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
	let state = seed;
	const random = (): number => {
		state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
		return state / 2 ** 31;
	};
	return items
		.map((item) => [random(), item] as const)
		.sort(([a], [b]) => a - b)
		.map(([, item]) => item);
}

/** What happens after an upload, on any storage. */
export function afterUploadCases(storage: () => PresignProvider): void {
	const open = (options: Partial<Parameters<typeof afterUpload>[0]> = {}) =>
		afterUpload({ uploads, provider: storage(), outcomes: memoryOutcomes(), ...options });

	test("a clean file gets its key, with the rule's headers and without what quarantine stored", async () => {
		const { upload, handler, read, complete, status, trail } = open();
		const { token, uploadId, event } = await upload("made/7/a", "good", { metadata });
		expect(await status(token)).toEqual({ state: "pending" });
		expect((await complete(token)).status).toBe(202);
		const [outcome] = resultOf(await handler(event));
		expect(outcome).toMatchObject({ state: "available", verdict: "clean", facts: { bytes: 4 } });
		const key = outcome?.key ?? "";
		expect(await read(key)).toBe("good");
		const found = await storage().head(key);
		expect(found).toMatchObject({ uploadId, cacheControl: "max-age=60" });
		expect(found?.metadata).toMatchObject({ albumid: "5", title: "A b" });
		expect(found?.metadata).not.toHaveProperty("skyput");
		expect(completed.at(-1)).toMatchObject({
			uploadId,
			key,
			metadata,
			params: { userId: "7", path: "a" },
			principal: { sub: "7", iss: "tests" },
		});
		expect(await complete(token)).toMatchObject({
			status: 200,
			body: { key, size: 4, available: true, data: { seen: key } },
		});
		expect(await status(token)).toEqual({ state: "available" });
		expect(trail(uploadId)).toEqual(["issued", "promoted", "completed"]);
	});

	test("an infected file never gets its key, and the client learns why", async () => {
		const { upload, handler, read, complete, status, trail } = open();
		const { token, uploadId, event } = await upload("made/7/b", "BAD", { metadata });
		const [outcome] = resultOf(await handler(event));
		expect(outcome).toMatchObject({ state: "rejected", verdict: "infected", reason: "bad" });
		expect(await read(outcome?.key ?? "")).toBeUndefined();
		expect(await status(token)).toEqual({ state: "rejected", reason: "bad" });
		expect(await complete(token)).toMatchObject({
			status: 422,
			body: { code: "rejected", detail: "The file has the word BAD." },
		});
		expect(trail(uploadId)).toEqual(["issued", "rejected", "rejected"]);
		// the URL can store nothing else
		expect(await handler(event)).toMatchObject({ outcomes: [{ state: "rejected" }] });
	});

	test("what nobody can look into is held, and an event that comes again changes nothing", async () => {
		const { upload, handler, read, complete, status, trail } = open({
			steps: [() => unscannable("encrypted", "The archive is encrypted.")],
		});
		const { token, uploadId, event } = await upload("made/7/c", "PK", { metadata });
		for (let delivery = 0; delivery < 2; delivery++) {
			expect(resultOf(await handler(event))).toMatchObject([
				{ state: "held", reason: "encrypted" },
			]);
		}
		expect(await status(token)).toEqual({ state: "pending", reason: "encrypted" });
		expect(await complete(token)).toMatchObject({
			status: 200,
			body: { available: false, reason: "encrypted" },
		});
		expect(await read((await complete(token)).body["key"] ?? "")).toBeUndefined();
		expect(trail(uploadId).filter((type) => type === "held")).toHaveLength(1);
	});

	test("a rule may accept or reject what is not clear", async () => {
		const steps = [() => unscannable("encrypted", "The archive is encrypted.")];
		const accepting = open({ steps, verdicts: { unscannable: "accept" } });
		const accepted = await accepting.upload("made/7/d", "PK", { metadata });
		expect(resultOf(await accepting.handler(accepted.event))).toMatchObject([
			{ state: "available", verdict: "unscannable" },
		]);
		const rejecting = open({
			steps,
			verdicts: ({ pattern }) => ({
				unscannable: pattern === "made/:userId/*path" ? "reject" : "hold",
			}),
		});
		const rejected = await rejecting.upload("made/7/d", "PK", { metadata });
		expect(resultOf(await rejecting.handler(rejected.event))).toMatchObject([
			{ state: "rejected" },
		]);
	});

	test("a step that fails is repeated with the event, and recorded at the last attempt", async () => {
		const { upload, handler, status } = open({
			steps: [() => failed("no-scanner", "It is down.")],
		});
		const { token, event } = await upload("made/7/e", "x", { metadata });
		await expect(handler({ ...event, attempt: 2 })).rejects.toMatchObject({ code: "internal" });
		expect(await status(token)).toEqual({ state: "pending" });
		expect(resultOf(await handler({ ...event, attempt: 3 }))).toMatchObject([
			{ state: "held", verdict: "failed", reason: "no-scanner" },
		]);
	});

	test("a scanner that reports by an event decides when the event comes", async () => {
		const waits: Step = ({ scanReport }) =>
			scanReport ? clean() : { verdict: "pending", reason: "scan" };
		const { upload, handler, status, log } = open({ steps: [waits, findBad] });
		const { token, event } = await upload("made/7/f", "good", { metadata });
		expect(resultOf(await handler(event))).toEqual([]);
		expect(await status(token)).toEqual({ state: "pending" });
		const scanReport = { status: "COMPLETED", result: "NO_THREATS_FOUND" };
		const { version, etag } = (await storage().head(event.key)) ?? {};
		// whose report it is cannot be told
		expect(resultOf(await handler({ ...event, scanReport }))).toEqual([]);
		expect(log.lines).toMatchObject([{ reason: expect.stringContaining("version or etag") }]);
		const bound = version === undefined ? { etag } : { version };
		expect(resultOf(await handler({ ...event, ...bound, scanReport }))).toMatchObject([
			{ state: "available" },
		]);
	});

	test("onComplete may reject a file, which then leaves its key", async () => {
		const { upload, handler, read, complete } = open();
		const { token, event } = await upload("made/7/g", "x", {
			metadata: { ...metadata, title: "refused" },
		});
		const [outcome] = resultOf(await handler(event));
		expect(outcome).toMatchObject({ state: "rejected", reason: "no such album" });
		expect(await read(outcome?.key ?? "")).toBeUndefined();
		expect(await complete(token)).toMatchObject({ status: 422, body: { detail: "no such album" } });
	});

	test("what is replaced while it is looked at is never promoted unseen", async () => {
		const provider = storage();
		let key = "";
		const swaps: Step = async (input) => {
			const result = await findBad(input);
			await replaceObject(provider, key, "BAD!");
			return result;
		};
		const { upload, handler, read, status } = open({ steps: [swaps] });
		const { token, event } = await upload("made/7/h", "good", { metadata });
		key = event.key;
		const results = resultOf(await handler(event));
		for (const { key: at } of results) expect(await read(at)).toBe("good");
		// where copies are pinned, the event of the replacement decides
		const again = resultOf(await handler(event));
		for (const outcome of again) {
			const served = await read(outcome.key);
			expect([undefined, "good"]).toContain(served);
			expect(outcome.state).toBe(served ? "available" : "rejected");
		}
		expect((await status(token))["state"]).toMatch(/available|rejected/);
		expect(provider.bucket).not.toBe("");
	});

	test("ten deliveries in any order around a replacement end once, with the bytes that were seen", async () => {
		const provider = storage();
		for (let seed = 1; seed <= 3; seed++) {
			const { upload, handler, read, status, trail } = open();
			const { token, uploadId, event } = await upload("made/7/i", `good ${seed}`, { metadata });
			const eventNow = async (): Promise<ObjectEvent> => {
				const found = await provider.head(event.key);
				return { ...event, etag: found?.etag, version: found?.version };
			};
			const first = await eventNow();
			await replaceObject(provider, event.key, `fine ${seed}`);
			const second = await eventNow();
			const deliveries = shuffled([...Array(10).fill(first), ...Array(10).fill(second)], seed);
			const results = await Promise.allSettled(deliveries.map((delivery) => handler(delivery)));
			// one that finds another at work is delivered again
			for (const [index, result] of results.entries()) {
				if (result.status === "rejected") await handler(deliveries[index]);
			}
			expect(await status(token)).toEqual({ state: "available" });
			const [outcome] = resultOf(await handler(second));
			expect(await read(outcome?.key ?? "")).toBe(`fine ${seed}`);
			expect(trail(uploadId)).toEqual(["issued", "promoted"]);
		}
	});

	test("an object that no upload stored in quarantine, and the copies, are ignored", async () => {
		const { upload, handler } = open();
		const { event, uploadId } = await upload("made/7/j", "good", { metadata });
		const [outcome] = resultOf(await handler(event));
		const { bucket } = storage();
		for (const key of [outcome?.key, ".skyput/scanning/1", ".skyput/quarantine/x", "other/1"]) {
			expect(resultOf(await handler({ bucket, key }))).toEqual([]);
		}
		expect(resultOf(await handler({ bucket: "another", key: event.key }))).toEqual([]);
		expect(uploadId).toMatch(/^[0-9a-f]{32}$/);
	});
}

import { defineUploads, memoryOutcomes } from "@skyput/server";
import { createObjectHandler, type ObjectHandler, type Step } from "@skyput/server/events";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createClient, createUploadList } from "../../src/node/index.js";

// The whole chain: client, upload handler, storage, its events in disorder, object handler.

const uploads = defineUploads({
	"files/:name": {
		authorize: "public",
		authorizeRead: "public",
		quarantine: true,
		onComplete: ({ key }) => ({ seen: key }),
	},
});

/** Let a file pass that waits: one for each letter. */
const gates = { W: Promise.withResolvers<void>(), L: Promise.withResolvers<void>() };

/** Decides by the first letter. */
const byLetter: Step = async ({ reader }) => {
	const letter = Buffer.from(await reader.read(0, 1)).toString();
	if (letter === "W" || letter === "L") await gates[letter].promise;
	if (letter === "B") return { verdict: "infected", reason: "malware", detail: "It is a virus." };
	return letter === "?" ? { verdict: "unscannable", reason: "encrypted" } : { verdict: "clean" };
};

let backend: Backend;
let handler: ObjectHandler;
beforeAll(async () => {
	const outcomes = memoryOutcomes();
	const log = { error() {}, warn() {}, info() {} };
	backend = await startBackend({
		uploads,
		handler: { outcomes, log },
		s3: {
			events: {
				shape: "sqs",
				copies: 3,
				shuffle: 1,
				prefix: ".skyput/",
				deliver: (event) => handler(event),
			},
		},
	});
	handler = createObjectHandler({
		uploads,
		provider: backend.provider,
		steps: [byLetter],
		outcomes,
		log,
	});
});
beforeEach(() => backend.clear());
afterAll(() => backend.close());

const connect = () => createClient<typeof uploads>({ endpoint: backend.endpoint });

test("an upload resolves when the file has passed, and shows what it waits for", async () => {
	const upload = connect().uploadFile(new Blob(["Wait"]), "files/a");
	const seen: unknown[] = [];
	upload.subscribe(() => {
		const { state, pending } = upload.snapshot();
		if (!pending) return;
		seen.push(state);
		gates.W.resolve();
	});
	expect(await upload).toMatchObject({
		key: "files/a",
		available: true,
		data: { seen: "files/a" },
	});
	expect(seen).toContain("completing");
	expect(upload.snapshot().pending).toBeUndefined();
	expect(await upload.status()).toEqual({ state: "available" });
	expect(await connect().status("files/a")).toEqual({ state: "available" });
	expect(Buffer.from((await backend.read("files/a")) ?? []).toString()).toBe("Wait");
});

test("a file in parts passes as well", async () => {
	const bytes = Buffer.alloc(12_000_000, "g");
	const upload = connect().uploadFile(new Blob([bytes]), "files/parts", { multipartThreshold: 1 });
	expect(await upload).toMatchObject({ size: bytes.length, verified: true, available: true });
	expect(bytes.equals((await backend.read("files/parts")) ?? Buffer.alloc(0))).toBe(true);
});

test("a list, and the hook that shows it, tell of each item whether it is being processed", async () => {
	const list = createUploadList(connect(), { key: (_file, { name }) => `files/${name}` });
	const { added } = await list.add([new File(["List"], "l"), new File(["BAD"], "m")]);
	const [waiting, rejected] = added.map((id) => list.item(id));
	const of = (item: typeof waiting) => {
		const { state, pending } = item?.snapshot() ?? {};
		return { state, pending };
	};
	await expect.poll(() => of(waiting)).toEqual({ state: "completing", pending: true });
	gates.L.resolve();
	await expect.poll(() => of(waiting)).toEqual({ state: "done", pending: undefined });
	await expect.poll(() => of(rejected)).toEqual({ state: "failed", pending: undefined });
	expect(rejected?.snapshot().error).toMatchObject({
		code: "rejected",
		values: { reason: "malware" },
	});
});

test("a rejected file rejects the upload with the reason", async () => {
	const upload = connect().uploadFile(new Blob(["BAD"]), "files/b");
	await expect(upload).rejects.toMatchObject({
		code: "rejected",
		message: expect.stringContaining("It is a virus."),
		values: { reason: "malware" },
	});
	expect(await upload.status()).toEqual({ state: "rejected", reason: "malware" });
	await expect(connect().status("files/b")).rejects.toMatchObject({ code: "not-found" });
	expect(await backend.read("files/b")).toBeNull();
});

test("a file that is held resolves, and is not available", async () => {
	const upload = connect().uploadFile(new Blob(["??"]), "files/c");
	expect(await upload).toMatchObject({ key: "files/c", available: false, reason: "encrypted" });
	expect(await upload.status()).toEqual({ state: "pending", reason: "encrypted" });
	expect(await backend.read("files/c")).toBeNull();
});

test("without waiting, an upload resolves when the file is stored", async () => {
	const upload = connect().uploadFile(new Blob(["good"]), "files/d", { wait: false });
	const { available, data } = await upload;
	expect(available).toBe(false);
	expect(data).toBeUndefined();
	await expect.poll(() => upload.status()).toEqual({ state: "available" });
});

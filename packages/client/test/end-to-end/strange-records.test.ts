import { defineUploads } from "@skyput/server";
import { type Backend, startBackend, startS3Server } from "@skyput/testing";
import {
	afterAll,
	afterEach,
	beforeAll,
	beforeEach,
	expect,
	onTestFinished,
	test,
	vi,
} from "vitest";
import { createClient, type Upload } from "../../src/node/index.js";
import type { ResumeStore } from "../../src/resume-store.js";
import { bytes, expectSameBytes, failureOf } from "../fakes/values.js";

const partSize = 5 * 2 ** 20;
const content = bytes(2 * partSize + 100_003);

const uploads = defineUploads({ "films/*path": { authorize: "public", partSize } });

let backend: Backend;
beforeAll(async () => {
	backend = await startBackend({ uploads });
});
beforeEach(() => backend.clear());
afterAll(() => backend.close());
afterEach(() => void vi.restoreAllMocks());

type UnknownRecord = Record<string, unknown> & { digests: (string | null)[] };

/** A store with at most one record, whatever its id. */
function storeOfOne(): ResumeStore & { text: string | undefined } {
	return {
		text: undefined,
		async get() {
			return this.text;
		},
		async set(_, text) {
			this.text = text;
		},
		async delete() {
			this.text = undefined;
		},
	};
}

function upload(
	key: string,
	resume: ResumeStore,
	{ canComplete = true, bytes = content, endpoint = backend.endpoint } = {},
): Upload {
	vi.spyOn(Math, "random").mockReturnValue(0);
	const client = createClient({
		endpoint,
		retry: { limit: 0, networkLimit: 0 },
		fetch: async (request) =>
			!canComplete && request.url.endsWith("/complete")
				? new Response(null, { status: 503 })
				: await fetch(request),
	});
	const film = new File([bytes], "film.mp4", { lastModified: 1 });
	return client.uploadFile(film, key, { resume, multipartThreshold: 1, concurrency: 1 });
}

test.each<[string, (record: UnknownRecord) => unknown]>([
	["cut off", (record) => JSON.stringify(record).slice(0, 100)],
	["empty", () => ""],
	["null", () => null],
	["a list", () => []],
	["of a newer version", (record) => ({ ...record, v: 2, parts: [] })],
	["without a token", ({ token, ...record }) => record],
	["with the token of nobody", (record) => ({ ...record, token: "x.y" })],
	["with an empty token", (record) => ({ ...record, token: "" })],
	["with a part size as text", (record) => ({ ...record, partSize: `${partSize}` })],
	["with parts of one byte", (record) => ({ ...record, partSize: 1 })],
	["with parts of a fraction", (record) => ({ ...record, partSize: partSize + 0.5 })],
	["with parts without an end", (record) => ({ ...record, partSize: 1e308 })],
	["with larger parts than the file", (record) => ({ ...record, partSize: 2 ** 40 })],
	["with an algorithm that nobody knows", (record) => ({ ...record, algorithm: "rot13" })],
	["with another algorithm than its digests", (record) => ({ ...record, algorithm: "sha256" })],
	["without digests", (record) => ({ ...record, digests: [] })],
	[
		"with more digests than parts",
		(record) => ({ ...record, digests: Array(50).fill("AAAAAA==") }),
	],
	["with digests that are numbers", (record) => ({ ...record, digests: [1, 2, 3] })],
	[
		"with digests of other bytes",
		(record) => ({ ...record, digests: record.digests.map(() => "AAAAAA==") }),
	],
	[
		"whose digests have changed places",
		(record) => ({ ...record, digests: record.digests.toReversed() }),
	],
	["that calls a File exact", (record) => ({ ...record, exact: true, digests: [] })],
])(
	"a record that is %s costs no upload: the file is stored whole, and the record is gone",
	async (name, change) => {
		const key = `films/${name}`;
		const store = storeOfOne();
		await failureOf(upload(key, store, { canComplete: false }));
		const record: UnknownRecord = JSON.parse(store.text ?? "");
		const changed = change(record);
		store.text = typeof changed === "string" ? changed : JSON.stringify(changed);

		const result = await upload(key, store);
		expect(result).toMatchObject({ key, size: content.length });
		expectSameBytes(await backend.read(key), content);
		expect(store.text).toBeUndefined();
	},
);

test.each([
	["another key", "films/one", content.toReversed()],
	["another file of the same key", "films/two", content.toReversed()],
])(
	"the record of %s, which a store gives that ignores ids, is not continued",
	async (_, first, bytes) => {
		const store = storeOfOne();
		await failureOf(upload(first, store, { canComplete: false }));

		const result = await upload("films/two", store, { bytes });
		expect(result).toMatchObject({ key: "films/two", size: content.length });
		expectSameBytes(await backend.read("films/two"), bytes);
		expect(await backend.read("films/one")).toBeNull();
		await backend.provider.delete("films/two");
	},
);

test.each([
	["no base64", "!!!!"],
	["too short", "AA=="],
	["empty", ""],
])(
	"a record whose digests are %s costs no upload on a storage that lists none",
	async (name, digest) => {
		const storage = await startS3Server();
		const checksums = { single: [], part: [], object: [], reported: ["crc64nvme"] } as const;
		const capabilities = { ...storage.capabilities, checksums };
		const other = await startBackend({ uploads, storage: { ...storage, capabilities } });
		onTestFinished(async () => {
			await other.close();
			await storage.close();
		});
		const key = `films/${name}`;
		const store = storeOfOne();
		const { endpoint } = other;
		await failureOf(upload(key, store, { canComplete: false, endpoint }));
		const record: UnknownRecord = JSON.parse(store.text ?? "");
		const digests = record.digests.map(() => digest);
		store.text = JSON.stringify({ ...record, exact: true, digests });

		const result = await upload(key, store, { endpoint });
		expect(result).toMatchObject({ key, size: content.length, verified: true });
		expectSameBytes(await other.read(key), content);
	},
);

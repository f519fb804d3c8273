import { randomBytes, randomUUID } from "node:crypto";
import { defineUploads } from "@skyput/server";
import { azureProvider } from "@skyput/server/azure";
import { gcsProvider } from "@skyput/server/gcs";
import { type PresignProvider, staged } from "@skyput/server/provider";
import {
	type Backend,
	type FaultProxy,
	faultNamed,
	startBackend,
	startFaultProxy,
	startGcsServer,
} from "@skyput/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { startAzurite } from "../../../../tools/start-azurite.js";
import { createClient, type Upload } from "../../src/node/index.js";
import { createMemoryStore } from "../fakes/platform.js";
import { expectSameBytes, failureOf } from "../fakes/values.js";

// The client that uploads to S3, unchanged, on storages of other clouds.

const mebibyte = 2 ** 20;
const inParts = { multipartThreshold: 1 };

/** A storage, and its provider where clients reach it through a proxy. */
interface Cloud {
	readonly endpoint: string;
	providerAt(publicEndpoint: string): PresignProvider;
	close(): Promise<void>;
}

const clouds: readonly {
	readonly name: string;
	readonly partSize: number;
	/** What the result of a verified upload tells beside its size. */
	readonly verified: object;
	start(): Promise<Cloud>;
}[] = [
	{
		name: "Azurite",
		partSize: mebibyte,
		verified: { checksum: { algorithm: "crc64nvme" } },
		async start() {
			const { close, ...options } = await startAzurite();
			const { origin, pathname } = new URL(options.endpoint);
			return {
				endpoint: origin,
				providerAt: (at) => azureProvider({ ...options, publicEndpoint: `${at}${pathname}` }),
				close,
			};
		},
	},
	{
		name: "startGcsServer",
		partSize: 5 * mebibyte,
		// the storage verifies the MD5 of each part
		verified: {},
		async start() {
			const { endpoint, bucket, serviceAccount, close } = await startGcsServer();
			return {
				endpoint,
				providerAt: (publicEndpoint) =>
					staged(gcsProvider({ bucket, endpoint, publicEndpoint, credentials: serviceAccount })),
				close,
			};
		},
	},
];

describe.each(clouds)("$name", ({ start, partSize, verified }) => {
	const file = randomBytes(3 * partSize + 1_234);

	let cloud: Cloud;
	let proxy: FaultProxy;
	let backend: Backend;
	/** A folder for each attempt of a test. */
	let films: string;

	beforeAll(async () => {
		cloud = await start();
		proxy = await startFaultProxy({ target: cloud.endpoint });
		backend = await startBackend({
			provider: cloud.providerAt(proxy.endpoint),
			uploads: defineUploads({
				"films/*path": {
					authorize: "public",
					partSize,
					authorizeRead: "public",
					authorizeDelete: "public",
					cacheControl: "max-age=60",
				},
				"replaced/:name": { authorize: "public", partSize, overwrite: true },
			}),
			handler: { log: { error() {}, warn() {}, info() {} } },
		});
	});
	beforeEach(() => {
		films = `films/${randomUUID()}`;
		proxy.rules.length = 0;
	});
	afterEach(() => vi.restoreAllMocks());
	afterAll(async () => {
		await backend.close();
		await proxy.close();
		await cloud.close();
	});

	const connect = () => createClient({ endpoint: backend.endpoint });

	test("a part that is changed on the way is noticed and sent again, and the whole file is verified", async () => {
		const fault = { name: "flip-bit", effect: { kind: "flip-bit" } } as const;
		proxy.rules.push({ fault, method: "PUT", path: /\.skyput/, nth: 2 });
		const result = await connect().uploadFile(file, `${films}/flipped`, inParts);
		expect(result).toMatchObject({
			size: file.length,
			verified: true,
			...verified,
		});
		expectSameBytes(await backend.read(`${films}/flipped`), file);
	});

	test("an upload survives resets, lost answers and a busy storage", async () => {
		const effects = [
			{ kind: "reset", at: "middle" },
			{ kind: "drop-response" },
			{ kind: "respond", when: "after-body", status: 503, code: "ServerBusy" },
			{ kind: "truncate-response" },
		] as const;
		const calm = proxy.rules.length;
		const part = { method: "PUT", path: /\.skyput/ };
		for (const [index, effect] of effects.entries())
			proxy.rules.push({ ...part, fault: { name: effect.kind, effect }, nth: index + 1 });
		const result = await connect().uploadFile(file, `${films}/faults`, inParts);
		proxy.rules.splice(calm);
		expect(result).toMatchObject({ size: file.length, verified: true });
		expectSameBytes(await backend.read(`${films}/faults`), file);
	});

	test("pages of a proxy in the storage's place decide nothing", async () => {
		vi.spyOn(Math, "random").mockReturnValue(0);
		const part = { method: "PUT", path: /\.skyput/ };
		for (const [index, status] of [400, 404, 409, 412].entries()) {
			const effect = { kind: "respond", when: "after-body", status } as const;
			proxy.rules.push({ ...part, fault: { name: `${status}`, effect }, nth: index + 1 });
		}
		const options = { ...inParts, concurrency: 1 };
		const uploading = connect().uploadFile(file, `${films}/pages`, options);
		expect(await uploading).toMatchObject({ size: file.length, verified: true });
		const { events } = uploading.report();
		expect(events).toContainEqual(expect.objectContaining({ code: "blocked", status: 412 }));
		expectSameBytes(await backend.read(`${films}/pages`), file);
	});

	test.each([
		["empty", 0],
		["small", 5],
		["large", file.length],
	])("a file and a stream that are %s are stored and verified", async (name, size) => {
		const bytes = file.subarray(0, size);
		const options = { contentType: "video/mp4" };
		const results = [
			await connect().uploadFile(new Blob([bytes]), `${films}/${name}-file`, options),
			await connect().uploadFile(new Blob([bytes]).stream(), `${films}/${name}-stream`, options),
		];
		for (const { key, ...result } of results) {
			expect(result).toMatchObject({ size, verified: true });
			expectSameBytes(await backend.read(key), bytes);
			expect(await backend.provider.head(key)).toMatchObject({ contentType: "video/mp4" });
		}
	});

	test.each([
		["one request", {}],
		["parts", inParts],
	])("a file in %s whose first answer is lost is told as stored", async (name, options) => {
		proxy.rules.push({ fault: faultNamed("lost response"), method: "PUT", nth: 1 });
		const { key } = await connect().uploadFile(file, `${films}/lost-${name}`, options);
		expectSameBytes(await backend.read(key), file);
		expect(proxy.log.filter(({ fault }) => fault === "lost response").length).toBeGreaterThan(0);
		proxy.rules.length = 0;
	});

	test("a taken key is refused, and what it holds stays", async () => {
		await connect().uploadFile(file.subarray(0, 9), `${films}/taken`);
		for (const options of [{}, inParts]) {
			const failure = await failureOf(connect().uploadFile(file, `${films}/taken`, options));
			expect(failure.code).toBe("already-exists");
		}
		expectSameBytes(await backend.read(`${films}/taken`), file.subarray(0, 9));
	});

	test("a rule that overwrites replaces an object", async () => {
		for (const size of [file.length, 9, 0]) {
			await connect().uploadFile(file.subarray(0, size), "replaced/a");
			expectSameBytes(await backend.read("replaced/a"), file.subarray(0, size));
		}
	});

	test("two uploads of one key at once end with one of them, whole", async () => {
		const other = randomBytes(file.length);
		const uploads = [file, other].map((bytes) =>
			connect().uploadFile(bytes, `${films}/raced`, inParts),
		);
		const ends = await Promise.allSettled(uploads.map((upload) => upload.result));
		const winner = ends.findIndex(({ status }) => status === "fulfilled");
		expect(ends[1 - winner]).toMatchObject({ reason: { code: "already-exists" } });
		expectSameBytes(await backend.read(`${films}/raced`), winner === 0 ? file : other);
	});

	test("an upload that broke off before its commit is resumed with the parts that are stored", async () => {
		const source = new File([file], "film", { lastModified: 1 });
		const resume = createMemoryStore();
		const retry = { limit: 0, networkLimit: 0 };
		const breaking = createClient({
			endpoint: backend.endpoint,
			fetch: async (request) =>
				request.url.endsWith("/complete") ? new Response(null, { status: 503 }) : fetch(request),
		});
		await failureOf(
			breaking.uploadFile(source, `${films}/resumed`, { ...inParts, resume, retry }).result,
		);
		const sent = (): number => proxy.log.filter(({ method }) => method === "PUT").length;
		const before = sent();
		await connect().uploadFile(source, `${films}/resumed`, { ...inParts, resume });
		expect(sent()).toBe(before);
		expectSameBytes(await backend.read(`${films}/resumed`), file);
	});

	test("aborting discards what is stored, and the key is free", async () => {
		const client = createClient({
			endpoint: backend.endpoint,
			fetch: async (request) => {
				if (request.url.endsWith("/complete")) upload.abort();
				return fetch(request);
			},
		});
		const upload: Upload = client.uploadFile(file, `${films}/aborted`, inParts);
		expect((await failureOf(upload.result)).code).toBe("aborted");
		expect(await backend.read(`${films}/aborted`)).toBeNull();
		await connect().uploadFile(file, `${films}/aborted`);
		expectSameBytes(await backend.read(`${films}/aborted`), file);
	});

	test("downloads have the name that was asked for, hostile ones too, and files are deleted", async () => {
		const client = connect();
		const page = new Blob(["<script>steal()</script>"], { type: "text/html" });
		const { key } = await client.uploadFile(page, `${films}/été '"&%2F+.html`);
		const names = [
			'Été "1".png',
			"a;b=c,d.html",
			"%22%0d%0aX-Evil: 1.txt",
			"..",
			'a"; x=.exe',
			"日本語 (1)'.txt",
		];
		for (const filename of names) {
			const { headers, ok } = await fetch(await client.downloadUrl(key, { filename }));
			expect(ok).toBe(true);
			const disposition = headers.get("content-disposition") ?? "";
			expect(disposition).toMatch(
				/^attachment; filename="[^"\\]*"(; filename\*=UTF-8''[^"';,\s]+)?$/,
			);
			const [, plain, encoded] = /"(.*?)"(?:.*'')?(.*)$/.exec(disposition) ?? [];
			expect(encoded ? decodeURIComponent(encoded) : plain).toBe(filename);
			expect(headers.get("x-evil")).toBeNull();
		}
		const opened = await fetch(await client.downloadUrl(key, { disposition: "inline" }));
		expect(opened.headers.get("content-disposition")).toMatch(/^attachment/);
		await client.deleteFile(key);
		await client.deleteFile(key);
		expect(await backend.read(key)).toBeNull();
	});
});

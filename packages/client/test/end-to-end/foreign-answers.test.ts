import { defineUploads } from "@skyput/server";
import { type Backend, type InjectedResponse, startBackend } from "@skyput/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createClient, type Upload, type UploadFileOptions } from "../../src/node/index.js";
import { createMemoryStore } from "../fakes/platform.js";
import { bytes, failureOf } from "../fakes/values.js";

const mebibyte = 2 ** 20;
const file = bytes(11 * mebibyte);
const small = bytes(1_000);
const inParts = { multipartThreshold: 1, concurrency: 1 };

let backend: Backend;
beforeAll(async () => {
	backend = await startBackend({
		uploads: defineUploads({ "files/*path": { authorize: "public", partSize: "5 MiB" } }),
		storageProxy: {},
		handlerProxy: {},
	});
});
beforeEach(() => backend.clear());
afterAll(() => backend.close());
afterEach(() => {
	storage().rules.length = 0;
	handler().rules.length = 0;
	vi.restoreAllMocks();
});

const storage = () => backend.storageProxy as NonNullable<Backend["storageProxy"]>;
const handler = () => backend.handlerProxy as NonNullable<Backend["handlerProxy"]>;
const callsOf = (operation: string): number =>
	handler().log.filter((entry) => entry.operation === operation).length;

function upload(key: string, options: Partial<UploadFileOptions> & { content?: unknown }): Upload {
	const { content = file, ...rest } = options;
	vi.spyOn(Math, "random").mockReturnValue(0);
	return createClient({ endpoint: backend.endpoint }).uploadFile(content as Uint8Array, key, rest);
}

async function expectStored(key: string, content: Uint8Array): Promise<void> {
	const stored = await backend.read(key);
	expect(stored && Buffer.compare(stored, content)).toBe(0);
}

/** Something on the way answers in the place of the target. */
const stranger = (
	status: number,
): { readonly name: string; readonly effect: InjectedResponse } => ({
	name: `${status} of a stranger`,
	effect: { kind: "respond", when: "after-body", status },
});

/** Puts an object under a key, past the client. */
async function putObject(key: string, content: Uint8Array): Promise<void> {
	const spec = { key, size: content.length };
	const { url, headers } = await backend.provider.signUpload(spec, {
		expiresIn: 60,
		createOnly: false,
	});
	const body = new Uint8Array(content);
	expect((await fetch(url, { method: "PUT", headers, body })).status).toBe(200);
}

describe("a captive portal that answers 200 to PUT", () => {
	test.each([
		["in one request", "PutObject", small, {}],
		["in parts", "UploadPart", file, inParts],
		["of a stream", "UploadPart", undefined, { concurrency: 1 }],
	] as const)(
		"has stored nothing %s, and the upload goes on when it is gone",
		async (what, operation, content, options) => {
			const key = `files/portal-${what}`;
			for (const nth of [1, 2]) storage().rules.push({ fault: stranger(200), operation, nth });
			const stream = new ReadableStream<Uint8Array>({
				start(controller) {
					for (let n = 0; n < 3; n++) controller.enqueue(bytes(7 * mebibyte));
					controller.close();
				},
			});
			const running = upload(key, { ...options, content: content ?? stream });
			await running;
			expect(running.report().events).toContainEqual(expect.objectContaining({ code: "blocked" }));
			await expectStored(key, content ?? Buffer.concat(Array(3).fill(bytes(7 * mebibyte))));
		},
	);

	test("that stays is named", async () => {
		storage().rules.push({ fault: stranger(200), operation: "PutObject" });
		const running = upload("files/portal", { content: small, retry: { limit: 2 } });
		expect(await failureOf(running)).toMatchObject({ code: "blocked", retryable: true });
		expect(await backend.read("files/portal")).toBeNull();
	});
});

describe.each([
	[407, false],
	[511, true],
])("a proxy or captive portal that says %i", (status, retryable) => {
	// fetch gives no response with 407: a network error without a reason
	const operations = status === 407 ? ["PutObject"] : ["PutObject", "create"];
	test.each(operations)("is named at %s", async (name) => {
		const operation = name as "PutObject" | "create";
		const rules = operation === "create" ? handler().rules : storage().rules;
		rules.push({ fault: stranger(status), operation });
		const retry = { limit: 1, networkLimit: 0 };
		const error = await failureOf(upload(`files/${status}`, { content: small, retry }));
		expect(error).toMatchObject({ code: "blocked", status, retryable });
		expect(error).toHaveProperty(
			"message",
			expect.stringMatching(/captive portal.*proxy.*Sign in/),
		);
		expect(await backend.read(`files/${status}`)).toBeNull();
	});
});

describe("a proxy that refuses control calls", () => {
	test.each([403, 404, 409, 410, 413, 422, 502])(
		"with %i deletes no parts, and a later run sends none again",
		async (status) => {
			const key = `files/refused-${status}`;
			const store = createMemoryStore();
			const film = new File([file], "film.mp4", { lastModified: 1 });
			const options = { ...inParts, content: film, resume: store, retry: { limit: 0 } };
			handler().rules.push({ fault: stranger(status), operation: "complete" });
			const aborts = callsOf("abort");
			await failureOf(upload(key, options));
			handler().rules.length = 0;
			expect(callsOf("abort")).toBe(aborts);
			const parts = storage().log.filter(({ operation }) => operation === "UploadPart").length;
			await upload(key, options);
			await expectStored(key, file);
			expect(storage().log.filter(({ operation }) => operation === "UploadPart")).toHaveLength(
				parts,
			);
		},
	);
});

describe("an object that comes to the key in the middle of an upload", () => {
	test("and is deleted before the commit: the second conflict begins the upload anew", async () => {
		const key = "files/conflict";
		const run = async (): Promise<void> => {
			await putObject(key, small);
			await backend.provider.delete(key);
		};
		const effect = { kind: "run-first", run } as const;
		storage().rules.push({ fault: { name: "write", effect }, operation: "UploadPart", nth: 1 });
		const created = callsOf("create");
		await upload(key, inParts);
		await expectStored(key, file);
		expect(callsOf("create")).toBe(created + 2);
	});

	test("and is deleted after it stopped the commit: the upload begins anew at once", async () => {
		const key = "files/precondition";
		const put = { kind: "run-first", run: () => putObject(key, small) } as const;
		const remove = { kind: "run-first", run: () => backend.provider.delete(key) } as const;
		storage().rules.push(
			{ fault: { name: "put", effect: put }, operation: "CompleteMultipartUpload", nth: 1 },
			// the first one was that of create
			{ fault: { name: "delete", effect: remove }, operation: "HeadObject", nth: 2 },
		);
		const completes = callsOf("complete");
		await upload(key, inParts);
		await expectStored(key, file);
		expect(callsOf("complete")).toBe(completes + 2);
	});

	test("ends a stream, which says why", async () => {
		const key = "files/stream-conflict";
		const run = async (): Promise<void> => {
			await putObject(key, small);
			await backend.provider.delete(key);
		};
		const effect = { kind: "run-first", run } as const;
		storage().rules.push({ fault: { name: "write", effect }, operation: "UploadPart", nth: 1 });
		const content = new Blob([bytes(20 * mebibyte)]).stream();
		const error = await failureOf(upload(key, { content }));
		expect(error).toMatchObject({ code: "upload-not-found", retryable: false });
		expect(error.message).toMatch(/another write to its key/i);
	});
});

test("a key that is taken is found before the bytes", async () => {
	await putObject("files/taken", small);
	const sent = storage().log.length;
	for (const options of [inParts, { multipartThreshold: 1e8 }]) {
		expect(await failureOf(upload("files/taken", options))).toMatchObject({
			code: "already-exists",
		});
	}
	const after = storage()
		.log.slice(sent)
		.map(({ operation }) => operation);
	expect(after).toEqual(["HeadObject", "HeadObject"]);
});

test("a part that was replaced through its leaked URL is sent again before the commit", async () => {
	const key = "files/replaced";
	let leaked = "";
	const replace = async (): Promise<void> => {
		const forged = bytes(5 * mebibyte).fill(7);
		const response = await fetch(leaked, { method: "PUT", body: forged });
		expect(response.status).toBe(200);
	};
	handler().rules.push({
		fault: { name: "replace", effect: { kind: "run-first", run: replace } },
		operation: "complete",
		nth: 1,
	});
	const client = createClient({
		endpoint: backend.endpoint,
		fetch: async (request) => {
			const response = await fetch(request);
			if (response.status !== 201) return response;
			const plan = await response.json();
			const { urls, values } = plan.window;
			leaked = urls[0].replace("{partNumber}", "1").replace("{value}", values[0]);
			return Response.json(plan, { status: 201 });
		},
	});
	await client.uploadFile(file, key, { ...inParts, checksum: false });
	await expectStored(key, file);
});

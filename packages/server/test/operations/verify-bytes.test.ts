import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Checksum } from "#protocol";
import type { ProviderCapabilities } from "../../src/capabilities.js";
import { UploadError } from "../../src/errors.js";
import type { ObjectInfo } from "../../src/object-spec.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { createBody, type Server, serve, silentLog } from "../support/call.js";
import { abilities, memoryProvider } from "../support/memory-provider.js";
import { size, sizes } from "../support/multipart.js";

const crc32: Checksum = { algorithm: "crc32", value: "AAAAAA==" };
const other: Checksum = { algorithm: "crc32", value: "AAAAAQ==" };
const receipts = createHash("sha256").update('1:"1"\n2:"2"\n3:"3"\n').digest("base64");
const algorithms = ["crc32", "crc32c", "crc64nvme", "md5", "sha256"];

const seen: unknown[] = [];
const uploads = defineUploads({
	"files/*path": { authorize: "public" },
	"made/*name": { authorize: "public", key: () => "made/by-the-server" },
	"noted/:name": { authorize: "public", onComplete: ({ checksum }) => void seen.push(checksum) },
});

/** A server whose storage does this with digests. */
function serverWith(
	checksums: Partial<ProviderCapabilities["checksums"]>,
	capabilities: Partial<ProviderCapabilities> = {},
): Server & { readonly log: ReturnType<typeof silentLog> } {
	const none = { single: [], part: [], object: [], reported: [] };
	const provider = memoryProvider({
		...abilities,
		...capabilities,
		checksums: { ...none, ...checksums },
	});
	const log = silentLog();
	return { ...serve({ provider, uploads, log }), log };
}

/** Begins a multipart upload whose parts are all stored. */
async function beginStored(server: Server, key = "files/a"): Promise<string> {
	const body = createBody(key, size, { multipart: true, algorithms });
	const { token } = (await server.post("", body)).body;
	server.provider.storeParts("upload-1", sizes);
	return token as unknown as string;
}

/** Adds members to the head of every object. */
function setHead(server: Server, reported: Partial<ObjectInfo>): void {
	const { head } = server.provider;
	server.provider.head = async (key) => {
		const info = await head(key);
		return info && { ...info, ...reported };
	};
}

describe("a single upload", () => {
	async function single(server: Server, key = "files/a"): Promise<string> {
		const create = createBody(key, 5, {
			kinds: ["single", "digest"],
			algorithms,
			checksums: [crc32],
		});
		const { body } = await server.post("", create);
		server.provider.storeObject("files/a", 5, body["uploadId"]);
		return body["token"] as unknown as string;
	}

	test("is verified by the digest that its URL was signed for, whatever the client says now", async () => {
		const server = serverWith({ single: ["crc32"] });
		const token = await single(server);
		for (const checksum of [crc32, other, undefined]) {
			const { body } = await server.post("complete", { token, checksum });
			expect(body).toMatchObject({ verified: true, checksum: crc32 });
		}
	});

	test("is not verified by a digest that nobody compared, and its answer has none", async () => {
		const server = serverWith({});
		const { body } = await server.post("complete", {
			token: await single(server),
			checksum: crc32,
		});
		expect(body).toMatchObject({ verified: false });
		expect(body).not.toHaveProperty("checksum");
	});

	test("has to be completed where the server compares the digest that the storage reports", async () => {
		const server = serverWith({ reported: ["crc32"] });
		const create = createBody("files/a", 5, { algorithms, checksums: [crc32] });
		expect((await server.post("", create)).body).toMatchObject({
			confirm: true,
			algorithm: "crc32",
		});
		const token = await single(server);
		setHead(server, { checksums: [crc32] });
		expect((await server.post("complete", { token, checksum: crc32 })).body).toMatchObject({
			verified: true,
			checksum: crc32,
		});
	});

	test("is asked for another digest with 200, and nothing has begun", async () => {
		const server = serverWith({ single: ["crc64nvme"] });
		const kinds = ["single", "multipart", "digest"];
		const create = createBody("files/a", 5, { kinds, algorithms, checksums: [crc32] });
		expect(await server.post("", create)).toMatchObject({
			status: 200,
			body: { v: 1, kind: "digest", algorithm: "crc64nvme" },
		});
		expect(server.provider.calls).not.toContain("signUpload");
	});

	test("tells onComplete its checksum only where it is verified", async () => {
		seen.length = 0;
		for (const single of [["crc32"], []] as const) {
			const server = serverWith({ single });
			const create = createBody("noted/a", 5, { algorithms, checksums: [crc32] });
			const { body } = await server.post("", create);
			server.provider.storeObject("noted/a", 5, body["uploadId"]);
			await server.post("complete", { token: body["token"], checksum: crc32 });
		}
		expect(seen).toEqual([crc32, undefined]);
	});
});

describe("a multipart upload", () => {
	test.each([
		["at the commit, by the digest of the whole", { object: ["crc32"] }, { checksum: crc32 }, true],
		["by no digest of the whole that was not sent", { object: ["crc32"] }, { receipts }, false],
		["by part, where the client holds the receipts of all", { part: ["md5"] }, { receipts }, true],
		[
			"by no part without its receipt: another URL may have replaced it",
			{ part: ["md5"] },
			{},
			false,
		],
		["by nothing where the storage verifies nothing", {}, { checksum: crc32, receipts }, false],
	] as const)("is verified %s", async (_, checksums, request, verified) => {
		const server = serverWith(checksums);
		const token = await beginStored(server);
		const { body } = await server.post("complete", { token, ...request });
		expect(body).toMatchObject({ key: "files/a", verified });
		expect(body["checksum"]).toEqual(verified && "checksum" in request ? crc32 : undefined);
	});

	test("has no checksum where its parts were verified, and nobody compared the digest of the whole", async () => {
		const server = serverWith({ part: ["md5"] });
		const token = await beginStored(server);
		const { body } = await server.post("complete", { token, receipts, checksum: crc32 });
		expect(body).toMatchObject({ verified: true });
		expect(body["checksum"]).toBeUndefined();
	});

	test("is not verified by receipts of a storage that has none", async () => {
		const server = serverWith({ part: ["md5"] });
		const token = await beginStored(server);
		server.provider.listParts = async () => ({
			parts: sizes.map((bytes, index) => ({ partNumber: index + 1, size: bytes })),
		});
		const none = createHash("sha256").update("1:\n2:\n3:\n").digest("base64");
		const answer = await server.post("complete", { token, receipts: none });
		expect(answer).toMatchObject({ status: 422, body: { code: "invalid-parts" } });
	});

	test("is verified by HEAD, where the commit tells no digest", async () => {
		const server = serverWith({ reported: ["crc32"] });
		const token = await beginStored(server);
		setHead(server, { checksums: [crc32] });
		const { body } = await server.post("complete", { token, checksum: crc32 });
		expect(body).toMatchObject({ verified: true, checksum: crc32 });
	});

	test("is stored and not verified where the server may not look", async () => {
		const server = serverWith({ reported: ["crc32"] });
		const token = await beginStored(server);
		server.provider.before = (method) => {
			if (method === "head") throw new UploadError("forbidden", "No.");
		};
		const { body } = await server.post("complete", { token, checksum: crc32 });
		expect(body).toMatchObject({ key: "files/a", verified: false });
	});
});

describe("an object that differs from the file", () => {
	const etag = (key: string): string => `"${key}-${size}"`;
	test.each([
		{ how: "by its version", head: { version: "v1" }, pin: { version: "v1" } },
		{
			how: "by its etag, where the storage deletes conditionally",
			conditionalDelete: true,
			pin: { ifMatch: etag("files/a") },
		},
		{
			how: "where the server made its key",
			key: "made/a",
			pin: { ifMatch: etag("made/by-the-server") },
		},
	])(
		"is deleted $how, and the upload may begin anew",
		async ({ head = {}, conditionalDelete = false, key, pin }) => {
			const server = serverWith({ reported: ["crc32"] }, { conditionalDelete });
			const token = await beginStored(server, key);
			const deleted: unknown[] = [];
			server.provider.delete = async (_, options) => void deleted.push(options);
			const { completeMultipart } = server.provider;
			server.provider.completeMultipart = async (...call) => ({
				...(await completeMultipart(...call)),
				...head,
				checksums: [other],
			});
			expect(await server.post("complete", { token, checksum: crc32 })).toMatchObject({
				status: 422,
				body: { code: "checksum-mismatch", restart: true },
			});
			expect(deleted).toEqual([pin]);
		},
	);

	test("stays where another object might be deleted instead, and the answer says so", async () => {
		const server = serverWith({ reported: ["crc32"] }, { conditionalDelete: false });
		const token = await beginStored(server);
		setHead(server, { checksums: [other] });
		expect(await server.post("complete", { token, checksum: crc32 })).toMatchObject({
			status: 422,
			body: {
				code: "checksum-mismatch",
				restart: false,
				detail: expect.stringContaining("still exists"),
			},
		});
		expect(server.provider.objects.has("files/a")).toBe(true);
	});

	test("stays where the server may not delete it", async () => {
		const server = serverWith({ reported: ["crc32"] });
		const token = await beginStored(server);
		setHead(server, { checksums: [other] });
		server.provider.before = (method) => {
			if (method === "delete") throw new UploadError("forbidden", "No.");
		};
		const { body } = await server.post("complete", { token, checksum: crc32 });
		expect(body).toMatchObject({ code: "checksum-mismatch", restart: false });
	});
});

describe("a storage that wants a checksum with every part", () => {
	const asks = {
		status: 422,
		body: { code: "invalid-parts", restart: true },
	};
	const capability = expect.stringContaining("capabilities: { checksums: { object: [] } }");

	test("has the upload begin anew when it refused the parts, and the log names the capability", async () => {
		const server = serverWith({ object: ["crc32"] });
		const body = createBody("files/a", size, { multipart: true, algorithms });
		const { token } = (await server.post("", body)).body;
		// a proxy's answer has no code of the storage
		for (const refusal of [undefined, "400", "403 AccessDenied"]) {
			const { body: early } = await server.post("complete", { token, refusal });
			expect(early).toMatchObject({ code: "invalid-parts", errors: [{ partNumber: 1 }, {}, {}] });
			expect(early).not.toHaveProperty("restart");
		}
		expect(server.provider.begun.size).toBe(1);
		server.log.lines.length = 0;
		const refusal = "400 InvalidRequest";
		expect(await server.post("complete", { token, refusal })).toMatchObject(asks);
		expect(server.log.lines).toMatchObject([{ reason: capability }]);
		expect(server.provider.begun.size).toBe(0);
	});

	test("has the upload begin anew when it refuses the commit of the parts that it lists", async () => {
		const server = serverWith({ object: ["crc32"] });
		const token = await beginStored(server);
		server.provider.before = (method) => {
			if (method === "completeMultipart") throw new UploadError("invalid-parts", "InvalidPart");
		};
		expect(await server.post("complete", { token, checksum: crc32 })).toMatchObject(asks);
		expect(server.log.lines).toMatchObject([{ reason: capability }]);
		expect(server.provider.begun.size).toBe(0);
	});

	test("is told the checksums that it listed, only where the upload began with one", async () => {
		for (const [checksums, expected] of [
			[{ object: ["crc32"] }, crc32],
			[{ part: ["md5"] }, undefined],
		] as const) {
			const server = serverWith(checksums);
			const token = await beginStored(server);
			const { listParts, completeMultipart } = server.provider;
			server.provider.listParts = async (...call) => ({
				parts: (await listParts(...call)).parts.map((part) => ({ ...part, checksum: crc32 })),
			});
			let committed: readonly (Checksum | undefined)[] = [];
			server.provider.completeMultipart = (ref, parts, options) => {
				committed = parts.map(({ checksum }) => checksum);
				return completeMultipart(ref, parts, options);
			};
			await server.post("complete", { token, receipts });
			expect(committed).toEqual([expected, expected, expected]);
		}
	});
});

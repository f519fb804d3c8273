import { expect, test, vi } from "vitest";
import { uploadLife } from "#protocol";
import { memoryCompletions } from "../../src/completions.js";
import { UploadError } from "../../src/errors.js";
import type { Quota } from "../../src/limits/quota.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { createBody, serve, silentLog } from "../support/call.js";
import { begin, size, sizes } from "../support/multipart.js";

/** A quota that allows everything and notes what it is told. */
function notes(fault: Partial<Quota> = {}) {
	const quotaCalls: unknown[][] = [];
	const quota: Quota = {
		reserve: async (reservation) => {
			quotaCalls.push(["reserve", reservation.bytes]);
			return true;
		},
		commit: async (id, bytes) => void quotaCalls.push(["commit", id, bytes]),
		release: async (id) => void quotaCalls.push(["release", id]),
		...fault,
	};
	return { quotaCalls, quota };
}

/** A server with such a quota, and one upload of five bytes begun. */
async function begun(options: Parameters<typeof serve>[0] = {}, key = "files/a") {
	const { quotaCalls, quota } = notes();
	const log = silentLog();
	const server = serve({ quota, log, ...options });
	const { body } = await server.post("", createBody(key, 5));
	const { token, uploadId } = body as unknown as Record<"token" | "uploadId", string>;
	const stored = (): void => server.provider.storeObject(body["key"] ?? "", 5, uploadId);
	return { ...server, quotaCalls, log, token, id: uploadId, confirm: body["confirm"], stored };
}

test("an upload reserves its size for its owner until it ends, after authorize", async () => {
	const reserve = vi.fn(async () => true);
	const server = serve({ quota: notes({ reserve }).quota, log: silentLog() });
	expect((await server.post("", createBody("avatars/8/a", 5), "7")).status).toBe(403);
	expect(reserve).not.toHaveBeenCalled();
	const now = Math.floor(Date.now() / 1000);
	const { body } = await server.post("", createBody("files/a", 5), "7");
	expect(reserve).toHaveBeenCalledExactlyOnceWith({
		owner: "https%3A%2F%2Fissuer.example:7",
		uploadId: body["uploadId"],
		bytes: 5,
		until: expect.closeTo(now + uploadLife, -1),
	});
	await server.post("", createBody("files/a", 5));
	expect(reserve).toHaveBeenLastCalledWith(expect.objectContaining({ owner: "" }));
});

test("a stream reserves the most that it may have, and commits its real size", async () => {
	const uploads = defineUploads({ "a/:n": { authorize: "public", maxSize: "1 GB" } });
	const { quotaCalls, quota } = notes();
	const server = serve({ uploads, quota });
	const { body } = await server.post("", createBody("a/x", null));
	server.provider.storeParts("upload-1", [5]);
	await server.post("complete", { token: body["token"], size: 5 });
	expect(quotaCalls).toEqual([
		["reserve", 1e9],
		["commit", body["uploadId"], 5],
	]);
});

test("an upload beyond the quota is refused before anything begins", async () => {
	const { quota } = notes({ reserve: async () => false });
	const audit = vi.fn();
	const server = serve({ quota, audit, log: silentLog() });
	const { status, body } = await server.post("", createBody("files/a", 2e8));
	expect({ status, code: body.code }).toEqual({ status: 403, code: "quota-exceeded" });
	expect(body.detail).toBe("With this file of 200 MB you would exceed your quota.");
	const stream = await server.post("", createBody("files/a", null));
	expect(stream.body.detail).toMatch(/^A file of unknown size counts as the largest .*maxSize\.$/);
	expect(server.provider.calls).not.toContain("createMultipart");
	expect(audit).toHaveBeenCalledTimes(2);
	expect(audit).toHaveBeenCalledWith(
		expect.objectContaining({ type: "refused", code: "quota-exceeded" }),
	);
});

test("a quota that throws, or answers something truthy, refuses the upload", async () => {
	for (const [reserve, status] of [
		[async () => Promise.reject(new Error("no table")), 500],
		[async () => "yes" as never, 403],
	] as const) {
		const server = serve({ quota: notes({ reserve }).quota, log: silentLog() });
		expect((await server.post("", createBody("files/a", 5))).status).toBe(status);
		expect(server.provider.calls).toEqual([]);
	}
});

test("what could not be begun is released, also a plan that asks for a digest first", async () => {
	const server = await begun();
	server.provider.before = () => {
		throw new UploadError("storage-unavailable", "down");
	};
	expect((await server.post("", createBody("files/b", 5))).status).toBe(503);
	const asks = { algorithms: ["crc32"], kinds: ["single", "digest"] };
	expect((await server.post("", createBody("files/b", 5, asks))).body).toMatchObject({
		kind: "digest",
	});
	expect(server.quotaCalls.map(([what]) => what)).toEqual([
		"reserve",
		...["reserve", "release"],
		...["reserve", "release"],
	]);
});

test("every plan asks for complete, which commits the size, also on repeats", async () => {
	const server = await begun();
	expect(server.confirm).toBe(true);
	server.stored();
	for (let i = 0; i < 2; i++) {
		expect((await server.post("complete", { token: server.token })).status).toBe(200);
	}
	expect(server.quotaCalls.slice(1)).toEqual([
		["commit", server.id, 5],
		["commit", server.id, 5],
	]);
});

test("a commit that fails is asked for again by the client", async () => {
	let broken = true;
	const commit = vi.fn(async () => {
		if (broken) throw new Error("no table");
	});
	const server = await begun({ quota: notes({ commit }).quota });
	server.stored();
	const { status, headers } = await server.post("complete", { token: server.token });
	expect({ status, wait: headers["retry-after"] }).toEqual({ status: 500, wait: "1" });
	broken = false;
	expect((await server.post("complete", { token: server.token })).status).toBe(200);
	expect(commit).toHaveBeenCalledTimes(2);
});

test("an abort releases; after the object is stored it counts it instead", async () => {
	const server = await begun();
	expect((await server.post("abort", { token: server.token })).status).toBe(204);
	server.stored();
	await server.post("abort", { token: server.token });
	await server.post("complete", { token: server.token });
	await server.post("abort", { token: server.token });
	expect(server.quotaCalls.slice(1)).toEqual([
		["release", server.id],
		["commit", server.id, 5],
		["commit", server.id, 5],
		["commit", server.id, 5],
	]);
});

test("an abort counts a file to whose stamp its client has added", async () => {
	for (const [before, after] of [
		["", ",x"],
		["x,", ""],
		["x,", ",x"],
	]) {
		const server = await begun();
		server.provider.storeObject("files/a", 5, `${before}${server.id}${after}`);
		await server.post("abort", { token: server.token });
		expect(server.quotaCalls.at(-1)).toEqual(["commit", server.id, 5]);
	}
});

test("an abort of parts releases, and one after their commit does not", async () => {
	const { quotaCalls, quota } = notes();
	const server = serve({ quota });
	const first = await begin(server);
	await server.post("abort", { token: first });
	const second = await begin(server);
	server.provider.storeParts("upload-2", sizes);
	server.provider.storeParts("upload-1", sizes);
	await server.post("complete", { token: second });
	await server.post("abort", { token: second });
	const id = expect.any(String);
	expect(quotaCalls).toEqual([
		["reserve", size],
		["release", id],
		["reserve", size],
		["commit", id, size],
		["commit", id, size],
	]);
});

test("an abort after a file has left quarantine counts what is at its key", async () => {
	const uploads = defineUploads({ "files/*path": { authorize: "public", quarantine: true } });
	const server = await begun({ uploads });
	server.stored();
	await server.post("abort", { token: server.token });
	expect(server.quotaCalls.at(-1)).toEqual(["commit", server.id, 5]);
});

test("an abort that cannot look leaves the reservation to its end", async () => {
	const server = await begun();
	server.provider.before = () => {
		throw new UploadError("forbidden", "no s3:ListBucket");
	};
	expect((await server.post("abort", { token: server.token })).status).toBe(204);
	expect(server.quotaCalls.slice(1)).toEqual([]);
});

test("a delete that cannot find out what it frees deletes nothing, and may be repeated", async () => {
	const uploads = defineUploads({ "a/:n": { authorize: "public", authorizeDelete: "public" } });
	const server = await begun({ uploads }, "a/x");
	server.stored();
	server.provider.before = (call) => {
		if (call === "head") throw new UploadError("storage-unavailable", "down");
	};
	expect((await server.post("delete", { key: "a/x" })).status).toBe(503);
	expect(server.provider.objects.size).toBe(1);
	server.provider.before = () => undefined;
	expect((await server.post("delete", { key: "a/x" })).status).toBe(204);
	expect(server.quotaCalls.slice(1)).toEqual([["release", server.id]]);
});

test("a release that fails is logged and changes nothing", async () => {
	const release = async (): Promise<void> => {
		throw new Error("no table");
	};
	const server = await begun({ quota: notes({ release }).quota });
	expect((await server.post("abort", { token: server.token })).status).toBe(204);
	expect(server.log.lines).toEqual([
		expect.objectContaining({ uploadId: server.id, reason: "quota.release threw" }),
	]);
});

test("a rejected object is released where it is deleted, and counts where it stays", async () => {
	const onComplete = ({ reject }: { reject: (reason: string) => never }) => reject("No.");
	const uploads = defineUploads({
		"made/*n": { authorize: "public", key: () => "made/1", onComplete },
		"named/:n": { authorize: "public", onComplete },
	});
	const made = await begun({ uploads, completions: memoryCompletions() }, "made/x");
	made.stored();
	for (let i = 0; i < 2; i++) {
		expect((await made.post("complete", { token: made.token })).status).toBe(422);
	}
	expect(made.quotaCalls.slice(1)).toEqual([
		["release", made.id],
		["release", made.id],
	]);
	const named = await begun({ uploads }, "named/x");
	named.stored();
	expect((await named.post("complete", { token: named.token })).status).toBe(422);
	expect(named.quotaCalls.slice(1)).toEqual([["commit", named.id, 5]]);
});

test("deleting an object releases its upload; an object of no upload is deleted alone", async () => {
	const { quotaCalls, quota } = notes();
	const server = serve({ quota });
	server.provider.storeObject("shared/a", 5, "id-of-a");
	server.provider.storeObject("shared/b", 5);
	for (const key of ["shared/a", "shared/a", "shared/b"]) {
		expect((await server.post("delete", { key })).status).toBe(204);
	}
	expect(quotaCalls).toEqual([["release", "id-of-a"]]);
	expect(server.provider.objects.size).toBe(0);
});

test("plain URLs are refused, because they are never counted", async () => {
	const server = serve({ quota: notes().quota, log: silentLog() });
	const { status, body } = await server.get("key=files/a");
	expect({ status, code: body.code }).toEqual({ status: 501, code: "unsupported" });
});

test("an upload that begins anew is released", async () => {
	const server = await begun();
	server.provider.before = (method) => {
		if (method !== "head") return;
		throw new UploadError("checksum-mismatch", "Other bytes.", { restart: true });
	};
	await server.post("complete", { token: server.token });
	expect(server.quotaCalls.slice(1)).toEqual([["release", server.id]]);
});

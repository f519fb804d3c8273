import { setTimeout } from "node:timers/promises";
import nock from "nock";
import { expect, test, vi } from "vitest";
import { staged } from "../../../src/providers/staged.js";
import {
	answerOnce,
	completed,
	endpoint,
	make,
	path,
	ref,
	refusal,
	scriptStorage,
	xml,
} from "./scripted-storage.js";

// Objects above 5 GiB, which no server of a test holds.

scriptStorage();

const gibibyte = 2 ** 30;
const size = 6 * gibibyte + 5;
const source = { key: "from/ä.mp4", size, etag: '"abc-9"', checksums: [] };
const began = xml(
	"<InitiateMultipartUploadResult><UploadId>up</UploadId></InitiateMultipartUploadResult>",
);

/** Answers the copies of all parts, and keeps their headers by part number. */
function answerParts(status: number, body: string): Map<string, Headers> {
	const seen = new Map<string, Headers>();
	nock(endpoint)
		.put(path)
		.query((query) => query["uploadId"] === "up")
		.times(13)
		.optionally()
		.reply(async (request: Request) => {
			const partNumber = new URL(request.url).searchParams.get("partNumber") ?? "";
			seen.set(partNumber, request.headers);
			return [status, body];
		});
	return seen;
}

const spec = { key: ref.key, size, contentType: "video/mp4", uploadId: "stamp" };
const part = xml('<CopyPartResult><ETag>"part"</ETag></CopyPartResult>');

test("a copy above 5 GiB is made of parts, each pinned to its source, and committed create-only", async () => {
	const begun = answerOnce("POST", { uploads: "" }, [200, began]);
	const parts = answerParts(200, part);
	const commit = answerOnce("POST", { uploadId: "up" }, [200, completed('<ETag>"new-13"</ETag>')]);
	const copied = await make().copy(source, ref.key, { createOnly: true, spec });
	expect(copied).toEqual({
		key: ref.key,
		size,
		etag: '"new-13"',
		uploadId: "stamp",
		checksums: [],
	});
	expect(begun[0]?.headers).toMatchObject({
		"content-type": "video/mp4",
		"x-amz-meta-skyput-upload": "stamp",
	});
	expect(parts.size).toBe(13);
	expect(Object.fromEntries(parts.get("2") ?? [])).toMatchObject({
		"x-amz-copy-source": "my-bucket/from/%C3%A4.mp4",
		"x-amz-copy-source-if-match": '"abc-9"',
		"x-amz-copy-source-range": `bytes=${gibibyte / 2}-${gibibyte - 1}`,
	});
	expect(parts.get("13")?.get("x-amz-copy-source-range")).toBe(
		`bytes=${6 * gibibyte}-${6 * gibibyte + 4}`,
	);
	expect(commit[0]?.headers["if-none-match"]).toBe("*");
});

test("where the key was taken meanwhile, the parts are discarded", async () => {
	answerOnce("POST", { uploads: "" }, [200, began]);
	answerParts(200, part);
	answerOnce("POST", { uploadId: "up" }, [412, refusal("PreconditionFailed")]);
	answerOnce("DELETE", { uploadId: "up" }, [204]);
	const copy = make().copy(source, ref.key, { createOnly: true, spec });
	await expect(copy).rejects.toMatchObject({ code: "already-exists" });
});

test("where the source has changed, the copy is a conflict and its parts are discarded", async () => {
	answerOnce("POST", { uploads: "" }, [200, began]);
	answerParts(412, refusal("PreconditionFailed"));
	answerOnce("DELETE", { uploadId: "up" }, [204]);
	const copy = make().copy(source, ref.key, { createOnly: true, spec });
	await expect(copy).rejects.toMatchObject({ code: "conflict" });
});

test("parts are discarded after every copy has ended: one that ends later would stay", async () => {
	const order: string[] = [];
	answerOnce("POST", { uploads: "" }, [200, began]);
	nock(endpoint)
		.put(path)
		.query((query) => query["partNumber"] === "1")
		.reply(async () => {
			await setTimeout(200);
			order.push("copied");
			return [200, part];
		});
	answerParts(412, refusal("PreconditionFailed"));
	nock(endpoint)
		.delete(path)
		.query(true)
		.reply(() => {
			order.push("discarded");
			return [204];
		});
	const copy = make().copy(source, ref.key, { createOnly: true, spec });
	await expect(copy).rejects.toMatchObject({ code: "conflict" });
	expect(order).toEqual(["copied", "discarded"]);
});

test("a copy that runs out of time discards its parts", async () => {
	const time = new AbortController();
	const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(time.signal);
	answerOnce("POST", { uploads: "" }, [200, began]);
	nock(endpoint)
		.put(path)
		.query((query) => query["uploadId"] === "up")
		.times(13)
		.optionally()
		.reply(() => {
			time.abort();
			return [200, part];
		});
	answerOnce("DELETE", { uploadId: "up" }, [204]);
	const copy = make().copy(source, ref.key, { createOnly: true, spec });
	await expect(copy).rejects.toMatchObject({ code: "storage-unavailable" });
	timeout.mockRestore();
});

test("a storage whose commits overwrite refuses create-only copies above 5 GiB, without a request", async () => {
	const provider = make({
		compatibility: "ceph",
		unsignedHeaders: "accepted",
		capabilities: { copy: { createOnly: true, pinned: true } },
	});
	expect(provider.capabilities.copy.maxSize).toBe(5 * gibibyte);
	expect(staged(provider).capabilities.multipart).toMatchObject({ maxObjectSize: 5 * gibibyte });
	await expect(provider.copy(source, ref.key, { createOnly: true, spec })).rejects.toMatchObject({
		code: "unsupported",
	});
});

test("a web page at 200 is no copy, and what was staged for it stays", async () => {
	const html = "<html>Sign in</html>";
	const small = { ...source, size: 5 };
	const answerCopy = () => nock(endpoint).put(path).query(true).reply(200, html);
	answerCopy();
	const copy = make().copy(small, ref.key, { createOnly: true, spec: { ...spec, size: 5 } });
	await expect(copy).rejects.toMatchObject({ code: "storage-unavailable", retryAfter: 1 });
	answerOnce("POST", { uploads: "" }, [200, began]);
	answerParts(200, part);
	answerOnce("POST", { uploadId: "up" }, [200, html]);
	answerOnce("DELETE", { uploadId: "up" }, [204]);
	const large = make().copy(source, ref.key, { createOnly: true, spec });
	await expect(large).rejects.toMatchObject({ code: "storage-unavailable", retryAfter: 1 });
	nock(endpoint)
		.post("/my-bucket/.skyput/stamp")
		.query(true)
		.reply(200, completed("<ETag>1</ETag>"));
	answerCopy();
	const deleted = vi.fn(() => [204] as const);
	nock(endpoint).delete(/./).query(true).optionally().reply(deleted);
	const commit = staged(make()).completeMultipart({ key: ref.key, id: "stamp/up" }, [], {
		spec: { ...spec, size: 5 },
		createOnly: true,
	});
	await expect(commit).rejects.toMatchObject({ code: "storage-unavailable" });
	expect(deleted).not.toHaveBeenCalled();
});

import { expect, inject, it, vi } from "vitest";
import { createClient, type Progress } from "../../src/browser/index.js";
import { createCrc32 } from "../../src/digests/crc32.js";

const client = createClient({ endpoint: inject("endpoint") });

interface Held {
	readonly size: number;
	readonly crc32: number;
	readonly contentType: string;
}

const heldAt = async (key: string): Promise<Held> =>
	await (await fetch(`${inject("reader")}/${encodeURIComponent(key)}`)).json();

/** A file of any size that repeats one chunk, so that its CRC tells order and number of all chunks. */
function makeFile(size: number, type: string): File {
	const chunk = Uint8Array.from({ length: 1_000_003 }, (_, i) => (i * 131) % 251);
	const chunks: Uint8Array<ArrayBuffer>[] = [];
	for (let left = size; left > 0; left -= chunk.length) chunks.push(chunk.subarray(0, left));
	return new File(chunks, "name", { type });
}

function crcOf(file: Blob): Promise<number> {
	return (async () => {
		const hasher = createCrc32();
		for (let start = 0; start < file.size; start += 2 ** 20) {
			hasher.update(new Uint8Array(await file.slice(start, start + 2 ** 20).arrayBuffer()));
		}
		const bytes = Uint8Array.from(atob(hasher.digest()), (c) => c.charCodeAt(0));
		return new DataView(bytes.buffer).getUint32(0);
	})();
}

const unique = (name: string): string => `${name}-${crypto.randomUUID()}`;

it("uploads a small file of a page, with the type it has", async () => {
	const file = makeFile(12_345, "image/png");
	const key = unique("files/small");
	const result = await client.uploadFile(file, key);
	expect(result).toMatchObject({ key, size: 12_345 });
	expect(await heldAt(key)).toEqual({
		size: 12_345,
		crc32: await crcOf(file),
		contentType: "image/png",
	});
});

it("uploads bytes, and a file of 0 bytes", async () => {
	const [bytes, empty] = [unique("files/bytes"), unique("files/empty")];
	await client.uploadFile(Uint8Array.of(1, 2, 3, 4).subarray(1, 3), bytes);
	await client.uploadFile(new File([], "empty"), empty);
	expect(await heldAt(bytes)).toMatchObject({ size: 2 });
	expect(await heldAt(empty)).toMatchObject({ size: 0, crc32: 0 });
});

it("uploads the files of a picker that the page empties right after the call", async () => {
	const transfer = new DataTransfer();
	for (const name of ["a", "b", "c"]) transfer.items.add(new File([name], name));
	const folder = unique("files/folder");
	const upload = client.uploadFiles(transfer.files, ({ name }) => `${folder}/${name}`);
	transfer.items.clear();
	const { stored, failed } = await upload;
	expect(failed).toEqual([]);
	expect(stored.map(({ key }) => key)).toEqual(["a", "b", "c"].map((name) => `${folder}/${name}`));
	expect(await heldAt(`${folder}/c`)).toMatchObject({ size: 1 });
	expect(upload.snapshot()).toMatchObject({ state: "done", loaded: 3, total: 3 });
});

it("asks again where an answer to a completion breaks off", async () => {
	const key = unique("noted/half");
	let isFirst = true;
	const { data } = await createClient({
		endpoint: inject("endpoint"),
		async fetch(request) {
			const response = await fetch(request);
			if (!request.url.endsWith("/complete") || !isFirst) return response;
			isFirst = false;
			return await fetch(`${inject("faulty")}/half`, { method: "POST" });
		},
	}).uploadFile(makeFile(12_345, ""), key);
	expect(data).toEqual({ summary: `${key} has 12345 bytes` });
});

it("resolves a relative endpoint against the page of the first upload", async () => {
	const { origin, pathname } = new URL(inject("endpoint"));
	const base = document.createElement("base");
	const relative = createClient({ endpoint: pathname.slice(1) });
	base.href = `${origin}/`;
	document.head.append(base);
	const { key } = await relative.uploadFile(new Blob(["abc"]), unique("files/relative"));
	base.remove();
	expect(await heldAt(key)).toMatchObject({ size: 3 });
	// the page is another one now
	await relative.uploadFile(new Blob(["abc"]), unique("files/relative"));
});

it("hands out what onComplete returned", async () => {
	const key = unique("noted/a");
	const { data } = await client.uploadFile(new Blob(["abc"]), key);
	expect(data).toEqual({ summary: `${key} has 3 bytes` });
});

it("refuses to overwrite", async () => {
	const key = unique("files/once");
	await client.uploadFile(new Blob(["first"]), key);
	await expect(client.uploadFile(new Blob(["second"]), key)).rejects.toMatchObject({
		code: "already-exists",
	});
	expect(await heldAt(key)).toMatchObject({ size: 5 });
});

it("uploads 110 MB in parts, with progress all along", async () => {
	const file = makeFile(110_000_000, "video/mp4");
	const key = unique("files/large");
	const seen: Progress[] = [];
	const result = await client.uploadFile(file, key, { onProgress: (p) => void seen.push(p) });
	expect(await heldAt(key)).toEqual({
		size: 110_000_000,
		crc32: await crcOf(file),
		contentType: "video/mp4",
	});
	expect(result.checksum?.algorithm).toBe("crc32");
	const loaded = seen.map((progress) => progress.loaded);
	expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
	expect(loaded.at(-1)).toBe(110_000_000);
	// told in the middle of parts too, however few reports a fast machine leaves room for
	const partSize = 16 * 2 ** 20;
	const wholeParts = [0, 110_000_000 % partSize];
	expect(loaded.some((bytes) => !wholeParts.includes(bytes % partSize))).toBe(true);
	expect(seen.every(({ total }) => total === 110_000_000)).toBe(true);
});

it("aborts a request on its way", async () => {
	const key = unique("files/aborted");
	const reason = new Error("no more");
	const { send } = XMLHttpRequest.prototype;
	vi.spyOn(XMLHttpRequest.prototype, "send").mockImplementation(function (
		this: XMLHttpRequest,
		body,
	) {
		send.call(this, body);
		queueMicrotask(() => upload.abort(reason));
	});
	const upload = client.uploadFile(makeFile(60_000_000, ""), key, { checksum: false });
	await expect(upload).rejects.toMatchObject({ code: "aborted", cause: reason });
	expect(await heldAt(key)).toEqual({ status: 404 });
	vi.restoreAllMocks();
});

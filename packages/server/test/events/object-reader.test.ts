import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { hasCode } from "../../src/errors.js";
import { openObject } from "../../src/events/object-reader.js";
import { serveObject } from "../support/range-server.js";

const signal = new AbortController().signal;
const bytes = randomBytes(3_000_000);

async function readAll(opened: ReturnType<typeof openObject>): Promise<Buffer> {
	const chunks: Uint8Array[] = [];
	await opened.join().readAll((chunk) => void chunks.push(chunk));
	return Buffer.concat(chunks);
}

test("Ranges hold the bytes of the object, also across blocks and at its end", async () => {
	const reader = openObject({ ...(await serveObject(bytes)), signal }).join();
	for (const [start, end] of [
		[0, 10],
		[65_530, 65_550],
		[100_000, 900_000],
		[2_999_990, 4_000_000],
		[3_000_000, 3_000_001],
	] as const) {
		expect(Buffer.from(await reader.read(start, end))).toEqual(bytes.subarray(start, end));
	}
	await expect(reader.read(0, 5_000_000).then((read) => read.length)).resolves.toBe(3_000_000);
	await expect(reader.read(-1, 2)).rejects.toThrow(RangeError);
});

test("A block that two steps want is requested once", async () => {
	const served = await serveObject(bytes);
	const opened = openObject({ ...served, signal });
	const [a, b] = [opened.join(), opened.join()];
	await Promise.all([a.read(0, 10), b.read(5, 5_000), a.read(60_000, 70_000)]);
	expect(served.ranges).toEqual(["bytes=0-65535", "bytes=65536-131071"]);
});

test("All steps share one reading, which leaves out what was read before", async () => {
	const served = await serveObject(bytes);
	const opened = openObject({ ...served, signal });
	const readers = [opened.join(), opened.join(), opened.join()];
	await readers[0]?.read(0, 1_000);
	await readers[1]?.read(2_990_000, 3_000_000);
	const lengths = [0, 0];
	const both = [0, 1].map((i) =>
		readers[i]?.readAll((chunk) => {
			lengths[i] = (lengths[i] ?? 0) + chunk.length;
		}),
	);
	// the third one has no need for it
	readers[2]?.leave();
	await Promise.all(both);
	expect(lengths).toEqual([3_000_000, 3_000_000]);
	expect(opened.bytesRead).toBe(3_000_000);
	expect(served.ranges).toHaveLength(3);
});

test("Of an object that is read from its end, the last 16 MiB are kept", async () => {
	const step = 4 * 2 ** 20;
	const size = 6 * step;
	const served = await serveObject({ size, read: (start, end) => new Uint8Array(end - start) });
	const opened = openObject({ ...served, signal });
	const reader = opened.join();
	for (let end = size; end > 0; end -= step) await reader.read(end - step, end);
	await reader.read(0, step);
	expect(opened.bytesRead).toBe(size);
	await reader.read(size - step, size);
	expect(opened.bytesRead).toBe(size + step);
});

test("A small object is read once", async () => {
	const served = await serveObject(bytes.subarray(0, 1_000_000));
	const opened = openObject({ ...served, signal });
	await opened.join().read(0, 10);
	await opened.join().read(999_990, 1_000_000);
	expect(served.ranges).toEqual(["bytes=0-999999"]);
	expect(openObject({ ...(await serveObject(new Uint8Array())), signal }).join().size).toBe(0);
});

test("An empty object is read without a request", async () => {
	const served = await serveObject(new Uint8Array());
	expect(await readAll(openObject({ ...served, signal }))).toHaveLength(0);
	expect(served.ranges).toEqual([]);
});

test("A consumer that fails or has enough ends alone", async () => {
	const opened = openObject({ ...(await serveObject(bytes)), signal });
	const readers = [opened.join(), opened.join(), opened.join()];
	let length = 0;
	const ends = await Promise.allSettled([
		readers[0]?.readAll(() => false),
		readers[1]?.readAll(() => Promise.reject(new Error("full"))),
		readers[2]?.readAll((chunk) => {
			length += chunk.length;
		}),
	]);
	expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
	expect(length).toBe(3_000_000);
});

test("A transfer that breaks off continues where it stopped", async () => {
	const served = await serveObject(bytes, {
		interfere(request, response, count) {
			if (count > 4) return false;
			if (count === 2) response.writeHead(503).end();
			if (count === 2) return true;
			const start = Number(/\d+/.exec(request.headers.range ?? "")?.[0]);
			const range = `bytes ${start}-2999999/3000000`;
			response.writeHead(206, { etag: '"stored"', "content-range": range });
			response.write(bytes.subarray(start, start + 500_000), () => response.destroy());
			return true;
		},
	});
	expect((await readAll(openObject({ ...served, signal }))).equals(bytes)).toBe(true);
	expect(served.ranges.length).toBeGreaterThanOrEqual(5);
});

test("A storage that stays unavailable ends the reading after five attempts", async () => {
	const served = await serveObject(bytes, {
		interfere: (_request, response) => Boolean(response.writeHead(503).end()),
	});
	const error = await readAll(openObject({ ...served, signal })).catch((reason) => reason);
	expect(hasCode(error, "storage-unavailable")).toBe(true);
	expect(served.ranges).toHaveLength(5);
});

test.each([
	[
		"another etag",
		"conflict",
		206,
		{ etag: '"other"', "content-range": "bytes 0-2999999/3000000" },
	],
	["another size", "conflict", 206, { "content-range": "bytes 0-2999999/3000001" }],
	["a failed precondition", "conflict", 412, {}],
	["a missing object", "not-found", 404, {}],
	["a refusal", "forbidden", 403, {}],
	["another range", "storage-error", 206, { "content-range": "bytes 1-2999999/3000000" }],
	["a login page", "storage-error", 302, { location: "https://login.example" }],
	[
		"an encoded body",
		"unsupported",
		206,
		{ "content-encoding": "gzip", "content-range": "bytes 0-2999999/3000000" },
	],
] as const)("%s ends the reading with %s", async (_name, code, status, headers) => {
	const served = await serveObject(bytes, {
		interfere: (_request, response) => Boolean(response.writeHead(status, headers).end()),
	});
	const opened = openObject({ ...served, signal });
	const error = await readAll(opened).catch((reason) => reason);
	expect(error.code).toBe(code);
	expect(error.message).not.toMatch(/https?:|secret/);
	expect(opened.lost?.code).toBe(/conflict|not-found/.test(code) ? code : undefined);
});

test("A reading that is aborted ends with the reason, also where the storage has switched protocols", async () => {
	const controller = new AbortController();
	const reason = new Error("enough");
	const served = await serveObject(bytes, {
		interfere: ({ socket }) => {
			socket.end("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n");
			setImmediate(() => controller.abort(reason));
			return true;
		},
	});
	await expect(readAll(openObject({ ...served, signal: controller.signal }))).rejects.toBe(reason);
});

test("An object stored with a Content-Encoding is not read at all", async () => {
	const served = await serveObject(bytes);
	const object = { ...served.object, contentEncoding: "gzip" };
	const error = await readAll(openObject({ ...served, object, signal })).catch((reason) => reason);
	expect(error.code).toBe("unsupported");
	expect(served.ranges).toEqual([]);
});

test("An object without version and etag cannot be pinned, and is not read", async () => {
	const served = await serveObject(bytes);
	const object = { ...served.object, etag: undefined };
	const error = await readAll(openObject({ ...served, object, signal })).catch((reason) => reason);
	expect(error.code).toBe("unsupported");
});

import { randomBytes } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { fromPath } from "../../src/node/files.js";
import { hashers } from "../../src/node/hashers.js";
import { createOpenBody } from "../../src/node/sources/body.js";
import { openSource } from "../../src/node/sources/open.js";
import type { UploadSource } from "../../src/platform.js";
import {
	bodyOf,
	onHead,
	onWhole,
	openTransport,
	rejection,
	startRawSink,
	startSink,
} from "./sink.js";

const mebibyte = 1024 * 1024;

const base64Of = (crc: number): string => {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(crc);
	return bytes.toString("base64");
};

test("a file of hundreds of MiB arrives whole in parts, with little memory and few connections", async () => {
	const folder = await mkdtemp(join(tmpdir(), "skyput-"));
	onTestFinished(() => rm(folder, { recursive: true }));
	const path = join(folder, "large.bin");
	const block = randomBytes(7 * mebibyte + 13);
	const file = await open(path, "w");
	for (let i = 0; i < 40; i++) {
		block.writeUInt32BE(i);
		await file.write(block);
	}
	await file.close();

	const stored = new Map<string, string>();
	const sink = await startSink((request, response) => {
		let crc = 0;
		request.on("data", (chunk: Buffer) => {
			crc = crc32(chunk, crc);
		});
		request.on("end", () => {
			stored.set(request.headers["x-part"] as string, base64Of(crc));
			response.end();
		});
	});
	const { send } = openTransport();
	const source = (await openSource(fromPath(path))) as UploadSource;
	const size = source.size ?? 0;
	expect(size).toBe(40 * block.length);
	const partSize = 16 * mebibyte;
	const count = Math.ceil(size / partSize);
	const digests = new Map<string, string>();
	let peak = 0;
	let next = 0;
	const before = process.memoryUsage().arrayBuffers;
	const work = async () => {
		while (next < count) {
			const part = next++;
			const hash = hashers.crc32();
			const body = source.slice(part * partSize, Math.min(size, (part + 1) * partSize));
			const sent: number[] = [];
			const response = await send(sink.url, body, {
				headers: { "x-part": `${part}` },
				onSent: (bytes) => sent.push(bytes),
				...(hash ? { hash } : {}),
			});
			expect(response.status).toBe(200);
			expect(sent.at(-1)).toBe(body.size);
			expect(sent).toEqual(sent.toSorted((a, b) => a - b));
			digests.set(`${part}`, hash?.digest() ?? "");
			peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
		}
	};
	await Promise.all([work(), work(), work(), work()]);
	await source.close();
	expect(stored).toEqual(digests);
	expect(stored.size).toBe(count);
	expect(sink.accepted()).toBe(4);
	// includes garbage of the server in this process
	expect(peak).toBeLessThan(128 * mebibyte);
});

test("the request carries the given headers, the length of the body, and nothing about its content", async () => {
	let head = "";
	const sink = await startRawSink((socket) =>
		onHead(socket, (lines) => {
			head = lines;
			socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
		}),
	);
	await openTransport().send(sink.url, bodyOf(Buffer.from("hello")), {
		headers: { "If-None-Match": "*", "x-amz-meta-Name": "a  b;c" },
	});
	const [line, ...headers] = head.trimEnd().split("\r\n");
	expect(line).toBe("PUT /key?sig=secret HTTP/1.1");
	expect(headers.toSorted()).toEqual([
		"Connection: keep-alive",
		"Content-Length: 5",
		`Host: ${new URL(sink.url).host}`,
		"If-None-Match: *",
		"x-amz-meta-Name: a  b;c",
	]);
});

test("an empty body is sent with a length of zero", async () => {
	const lengths: unknown[] = [];
	const sink = await startSink((request, response) => {
		lengths.push(request.headers["content-length"], request.headers["transfer-encoding"]);
		response.end();
	});
	const hash = hashers.crc32();
	const { status } = await openTransport().send(sink.url, bodyOf(new Uint8Array()), {
		...(hash ? { hash } : {}),
	});
	expect(status).toBe(200);
	expect(lengths).toEqual(["0", undefined]);
	expect(hash?.digest()).toBe("AAAAAA==");
});

test("sequential requests share one connection", async () => {
	const sink = await startSink((request, response) => {
		request.resume();
		request.on("end", () => response.end());
	});
	const { send } = openTransport();
	for (let i = 0; i < 20; i++) await send(sink.url, bodyOf(randomBytes(300_000)));
	expect(sink.accepted()).toBe(1);
});

test("requests beyond the limit wait for a connection, and waiting is not a stall", async () => {
	const sink = await startSink((request, response) => {
		request.resume();
		request.on("end", () => setTimeout(() => response.end(), 400));
	});
	const { send } = openTransport(2);
	const answers = await Promise.all(
		Array.from({ length: 8 }, () =>
			send(sink.url, bodyOf(randomBytes(1000)), { stallTimeout: 300 }),
		),
	);
	expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
	expect(sink.accepted()).toBe(2);
});

test("an early success counts only once the whole body is sent and hashed", async () => {
	const bytes = randomBytes(12 * mebibyte);
	const sink = await startRawSink((socket) => {
		onHead(socket, () => {
			socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
			setTimeout(() => socket.resume(), 100);
		});
	});
	const hash = hashers.crc32();
	let sent = 0;
	const response = await openTransport().send(sink.url, bodyOf(bytes), {
		onSent: (count) => {
			sent = count;
		},
		...(hash ? { hash } : {}),
	});
	expect([response.status, sent]).toEqual([200, bytes.length]);
	expect(hash?.digest()).toBe(base64Of(crc32(bytes)));
});

test("bytes after the response affect neither it nor the next request", async () => {
	const sink = await startRawSink((socket) =>
		onWhole(socket, 5, () =>
			socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokGARBAGE\u0000\r\n\r\n"),
		),
	);
	const { send } = openTransport();
	for (let i = 0; i < 3; i++) {
		const response = await send(sink.url, bodyOf(Buffer.from("hello")));
		expect([response.status, await response.text()]).toEqual([200, "ok"]);
	}
});

test("an error of the source ends the request, and is passed on as it is", async () => {
	let whole = false;
	const sink = await startSink((request, response) => {
		request.on("end", () => {
			whole = true;
			response.end();
		});
		request.on("error", () => {});
		request.resume();
	});
	const failure = new Error("the disk is gone");
	const body = createOpenBody(mebibyte, async (position, length) => {
		if (position > 600_000) throw failure;
		return Buffer.alloc(length);
	});
	expect(await rejection(openTransport().send(sink.url, body))).toBe(failure);
	await expect.poll(() => sink.sockets.size).toBe(0);
	expect(whole).toBe(false);
});

test.each([
	["no URL at all", "sig=secret"],
	["another protocol", "ftp://host/key?sig=secret"],
])("%s is refused without repeating it", async (_name, url) => {
	const error = await rejection(openTransport().send(url, bodyOf(Buffer.from("x"))));
	expect(error).toBeInstanceOf(TypeError);
	expect(error).not.toMatchObject({ message: "fetch failed" });
	expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("secret");
});

test("a body of another runtime is refused", async () => {
	const body = { size: 1, async *chunks() {} };
	const error = await rejection(openTransport().send("http://127.0.0.1:1/", body));
	expect(error).toBeInstanceOf(TypeError);
	expect(error).toMatchObject({ message: expect.stringContaining("not opened by this runtime") });
});

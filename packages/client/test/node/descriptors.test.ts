import { randomBytes } from "node:crypto";
import { readdirSync, readlinkSync } from "node:fs";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { fromPath } from "../../src/node/files.js";
import { createClient } from "../../src/node/index.js";
import { createFileBody } from "../../src/node/sources/file-body.js";
import type { Hold } from "../../src/node/sources/held-file.js";
import { openSource } from "../../src/node/sources/open.js";
import { createFakeEndpoint, multipartPlan, singlePlan, windowOf } from "../fakes/endpoint.js";
import { openTransport, rejection, startRawSink, startSink, until } from "./sink.js";

const mebibyte = 1024 * 1024;

async function temporaryFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "skyput-"));
	onTestFinished(() => rm(folder, { recursive: true }));
	return folder;
}

/** Descriptors of this process that lead into the folder. */
function countOpen(folder: string): number {
	return readdirSync("/proc/self/fd").filter((fd) => {
		try {
			return readlinkSync(`/proc/self/fd/${fd}`).startsWith(folder);
		} catch {
			// that of the listing itself
			return false;
		}
	}).length;
}

// the descriptors of a process are listed in /proc, which only Linux has
describe.runIf(process.platform === "linux")("files on disk", () => {
	test.each([
		["small files", 2_000, 100, "single"],
		["files in parts", 200, 40, "multipart"],
	])(
		"hold few descriptors, however many uploads of %s wait",
		async (_name, count, size, kind) => {
			const folder = await temporaryFolder();
			let most = 0;
			const look = (): void => {
				most = Math.max(most, countOpen(folder));
			};
			const sink = await startSink((request, response) => {
				request.resume();
				request.on("end", () => {
					look();
					response.setHeader("etag", "e").end();
				});
			});
			const { request } = singlePlan();
			const { options } = createFakeEndpoint({
				create() {
					look();
					if (kind === "single") {
						return singlePlan({ confirm: true, request: { ...request, url: sink.url } });
					}
					const url = `${sink.url}&part={partNumber}&value={value}`;
					return multipartPlan(size, { window: windowOf(1, 4, { urls: [url] }) });
				},
				complete() {
					look();
					return { key: "k", size };
				},
			});
			const client = createClient({ ...options, multipartThreshold: 50 });
			const paths = Array.from({ length: count }, (_, i) => join(folder, `${i}`));
			await Promise.all(paths.map((path) => writeFile(path, randomBytes(size))));
			await Promise.all(paths.map((path) => client.uploadFile(fromPath(path), path.slice(1))));
			expect(most).toBeGreaterThan(0);
			// as many as bodies may be in flight
			expect(most).toBeLessThanOrEqual(16);
			await until(() => countOpen(folder) === 0);
		},
		60_000,
	);

	test("are open only while they are read, once for all who read", async () => {
		const folder = await temporaryFolder();
		const path = join(folder, "file");
		await writeFile(path, randomBytes(mebibyte));
		const source = await openSource(fromPath(path));
		const body = source.slice(0, mebibyte);
		expect(countOpen(folder)).toBe(0);
		for (let round = 0; round < 2; round++) {
			for await (const _ of body.chunks()) {
				for await (const _ of body.chunks()) {
					expect(countOpen(folder)).toBe(1);
					break;
				}
				expect(countOpen(folder)).toBe(1);
				if (round === 1) break;
			}
			await until(() => countOpen(folder) === 0);
		}
		await source.close();
	});
});

/** A body of a file that counts who holds it, and is opened when it is told to. */
async function heldBody(): Promise<{
	readonly file: Parameters<typeof createFileBody>[0];
	readonly body: ReturnType<typeof createFileBody>;
	readonly open: () => void;
	readonly holds: () => number;
	readonly releases: () => number;
}> {
	const path = join(await temporaryFolder(), "file");
	await writeFile(path, randomBytes(24 * mebibyte));
	const { promise, resolve } = Promise.withResolvers<void>();
	const { open } = await import("node:fs/promises");
	const handle = await open(path);
	onTestFinished(() => handle.close());
	let holds = 0;
	let releases = 0;
	const hold = async (): Promise<Hold> => {
		holds++;
		await promise;
		return { fd: handle.fd, release: () => void releases++ };
	};
	const state = await stat(path, { bigint: true });
	const file = { state, hold };
	return {
		file,
		body: createFileBody(file, 0, Number(state.size)),
		open: resolve,
		holds: () => holds,
		releases: () => releases,
	};
}

describe("a file that is sent", () => {
	test("is let go of once when its bytes have been read, and anew by every attempt", async () => {
		const sink = await startSink((request, response) => {
			request.resume();
			request.on("end", () => response.end());
		});
		const { body, open, holds, releases } = await heldBody();
		open();
		const { send } = openTransport();
		for (const round of [1, 2]) {
			expect((await send(sink.url, body)).status).toBe(200);
			expect([holds(), releases()]).toEqual([round, round]);
		}
	});

	test("is let go of when the upload is aborted although the peer reads nothing", async () => {
		const sink = await startRawSink((socket) => socket.pause());
		const { body, open, releases } = await heldBody();
		open();
		const controller = new AbortController();
		let sent = 0;
		const sending = rejection(
			openTransport().send(sink.url, body, {
				signal: controller.signal,
				onSent: (bytes) => {
					sent = bytes;
				},
			}),
		);
		await until(() => sent > 0);
		controller.abort("enough");
		expect(await sending).toBe("enough");
		await until(() => releases() === 1);
	});

	test("is let go of when the upload was aborted while it was being opened", async () => {
		const sink = await startSink((request, response) => {
			request.resume();
			request.on("end", () => response.end());
		});
		const { body, open, holds, releases } = await heldBody();
		const controller = new AbortController();
		const { send } = openTransport();
		const sending = rejection(send(sink.url, body, { signal: controller.signal }));
		await until(() => holds() === 1);
		controller.abort("enough");
		expect(await sending).toBe("enough");
		expect(releases()).toBe(0);
		open();
		await until(() => releases() === 1);
		// and the next one goes as ever
		expect((await send(sink.url, body)).status).toBe(200);
		await until(() => releases() === 2);
	});

	test("fails as it fails to open, and the next attempt opens it anew", async () => {
		const sink = await startSink((request, response) => {
			request.resume();
			request.on("end", () => response.end());
			request.on("error", () => {});
		});
		const { file, body, open } = await heldBody();
		open();
		const full = Object.assign(new Error("too many open files"), { code: "EMFILE" });
		let failures = 0;
		const failing = {
			...file,
			hold: () => (failures++ ? file.hold() : Promise.reject(full)),
		};
		const { send } = openTransport();
		const again = createFileBody(failing, 0, body.size);
		expect(await rejection(send(sink.url, again))).toBe(full);
		expect((await send(sink.url, again)).status).toBe(200);
	});
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineUploads, memoryCompletions } from "@skyput/server";
import { startBackend } from "@skyput/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { fileResumeStore, fromPath } from "../../src/node/files.js";
import { createClient } from "../../src/node/index.js";
import type { UploadResult } from "../../src/public-types.js";
import { bytes, expectSameBytes } from "../fakes/values.js";

const partSize = 5 * 2 ** 20;
const content = bytes(4 * partSize + 123);

/** Sets the clock of the server and of the client; the storage takes its time from `new Date()`. */
function setClock(minutes: number): void {
	const wall = performance.timeOrigin + minutes * 60_000;
	vi.spyOn(Date, "now").mockImplementation(() => Math.floor(wall + performance.now()));
}

test.each([
	[60, "and stays wrong"],
	[60, "and is right again when more URLs are asked for"],
	[-60, "and stays wrong"],
])(
	"a clock that is set by %i minutes during an upload %s stores no other bytes, and completes once",
	async (minutes, end) => {
		onTestFinished(() => void vi.restoreAllMocks());
		const ids: string[] = [];
		const backend = await startBackend({
			uploads: defineUploads({
				"films/:name": {
					authorize: "public",
					partSize,
					onComplete: ({ uploadId }) => void ids.push(uploadId),
				},
			}),
			handler: { completions: memoryCompletions(), log: { error() {}, warn() {}, info() {} } },
		});
		onTestFinished(backend.close);
		const folder = await mkdtemp(join(tmpdir(), "skyput-clock-"));
		onTestFinished(() => rm(folder, { recursive: true }));
		const path = join(folder, "film");
		await writeFile(path, content);
		let windows = 0;
		const upload = (onProgress: (progress: { loaded: number }) => void): Promise<UploadResult> =>
			createClient({
				endpoint: backend.endpoint,
				resume: fileResumeStore(folder),
				multipartThreshold: 0,
				concurrency: 1,
				fetch(request) {
					if (request.url.endsWith("/parts") && ++windows === 2 && end !== "and stays wrong") {
						setClock(0);
					}
					return fetch(request);
				},
			}).uploadFile(fromPath(path), "films/a", { onProgress }).result;

		let isSet = false;
		const error = await upload(({ loaded }) => {
			if (loaded < 2 * partSize || isSet) return;
			isSet = true;
			setClock(minutes);
		}).then(
			() => undefined,
			(reason) => reason,
		);
		expect(isSet).toBe(true);
		// URLs that are signed in the future are refused
		vi.restoreAllMocks();
		if (error) {
			expect(ids).toEqual([]);
			await upload(() => {});
		}
		expectSameBytes(await backend.read("films/a"), content);
		expect(ids).toHaveLength(1);
	},
);

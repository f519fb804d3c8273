import { randomBytes } from "node:crypto";
import { readdirSync, readlinkSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { fromPath } from "../../../src/node/files.js";
import { createClient } from "../../../src/node/index.js";
import { openSource } from "../../../src/node/sources/open.js";
import type { UploadSource } from "../../../src/platform.js";
import { createFakeEndpoint, multipartPlan, singlePlan, windowOf } from "../../fakes/endpoint.js";
import { startSink, until } from "../sink.js";

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
			// the descriptor of the listing itself
			return false;
		}
	}).length;
}

// the descriptors of a process are listed in /proc, which only Linux has
describe.runIf(process.platform === "linux")("files on disk", () => {
	test.each([
		["small files", 500, 100, "single"],
		["files in parts", 200, 40, "multipart"],
	])("need few descriptors, however many uploads of %s wait", async (_name, count, size, kind) => {
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
	});

	test("need few descriptors when thousands of uploads begin at once and look whether they are empty", async () => {
		const folder = await temporaryFolder();
		const paths = Array.from({ length: 2_000 }, (_, i) => join(folder, `${i}`));
		await Promise.all(paths.map((path) => writeFile(path, "")));
		let most = 0;
		let ended = false;
		const opening = Promise.all(paths.map((path) => openSource(fromPath(path)))).finally(() => {
			ended = true;
		});
		while (!ended) {
			most = Math.max(most, countOpen(folder));
			await new Promise(setImmediate);
		}
		expect(await opening).toHaveLength(2_000);
		expect(most).toBeLessThanOrEqual(4);
	});

	test("are open only while they are read, once for each reader", async () => {
		const folder = await temporaryFolder();
		const path = join(folder, "file");
		await writeFile(path, randomBytes(mebibyte));
		const source = (await openSource(fromPath(path))) as UploadSource;
		const body = source.slice(0, mebibyte);
		expect(countOpen(folder)).toBe(0);
		for (let round = 0; round < 2; round++) {
			for await (const _ of body.chunks()) {
				for await (const _ of body.chunks()) {
					expect(countOpen(folder)).toBe(2);
					break;
				}
				await until(() => countOpen(folder) === 1);
				if (round === 1) break;
			}
			await until(() => countOpen(folder) === 0);
		}
		await source.close();
	});
});

test.each([
	[{ contentType: "video/mp4" }, "Unknown option `contentType`. Known options: type."],
	[{ type: 5 }, "`type` must be a string."],
	[null, "The options must be an object."],
])("options that it does not have are refused when it is called: %j", (options, message) => {
	expect(() => fromPath("film.mp4", options as never)).toThrow(
		expect.objectContaining({ code: "invalid-request", message }),
	);
});

test("an option that is undefined is none", () => {
	expect(() => fromPath("film.mp4", { type: undefined })).not.toThrow();
});

// workers cannot change their directory, and Vitest may run tests in one
test("a relative path is that of the directory at the call, whatever the program changes it to", async () => {
	const [first, second] = [await temporaryFolder(), await temporaryFolder()];
	await writeFile(join(first, "data.csv"), "first");
	await writeFile(join(second, "data.csv"), "other");
	const directory = vi.spyOn(process, "cwd").mockReturnValue(first);
	const file = fromPath("data.csv");
	const folder = fromPath(".");
	directory.mockReturnValue(second);
	onTestFinished(() => directory.mockRestore());
	const source = (await openSource(file)) as UploadSource;
	expect(source.identity?.name).toBe(join(first, "data.csv"));
	const texts: string[] = [];
	for await (const chunk of source.slice(0, source.size).chunks())
		texts.push(`${Buffer.from(chunk)}`);
	expect(texts).toEqual(["first"]);
	const names: (string | undefined)[] = [];
	for await (const entry of folder.files()) {
		const listed = (await openSource(entry.file)) as UploadSource;
		names.push(listed.identity?.name);
	}
	expect(names).toEqual([join(first, "data.csv")]);
	await source.close();
});

test.skipIf(process.platform === "win32")(
	"`..` after a link is beside the folder that it leads to, as for the system",
	async () => {
		const folder = await temporaryFolder();
		await mkdir(join(folder, "far/away"), { recursive: true });
		await symlink(join(folder, "far/away"), join(folder, "link"));
		await writeFile(join(folder, "far/data.csv"), "linked");
		await writeFile(join(folder, "data.csv"), "wrong");
		const directory = vi.spyOn(process, "cwd").mockReturnValue(folder);
		onTestFinished(() => directory.mockRestore());
		for (const path of ["link/../data.csv", `${folder}/link/../data.csv`]) {
			const source = (await openSource(fromPath(path))) as UploadSource;
			expect(source.size, path).toBe("linked".length);
		}
		await expect(openSource(fromPath("data.csv/"))).rejects.toMatchObject({
			code: "invalid-request",
		});
	},
);

test("a relative path in a directory that is gone is refused when it is read", async () => {
	const directory = vi.spyOn(process, "cwd").mockImplementation(() => {
		throw Object.assign(new Error("ENOENT: uv_cwd"), { code: "ENOENT" });
	});
	const file = fromPath("missing.csv");
	directory.mockRestore();
	await expect(openSource(file)).rejects.toMatchObject({ code: "invalid-request" });
});

import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Page } from "../../../../tools/browsers/browser.ts";
import { type ClientBrowser, openClientBrowser } from "./open-client-browser.js";

const mebibyte = 2 ** 20;
const bytes = new Uint8Array(12 * mebibyte).map((_, index) => index * 31 + (index >> 10));
const digest = Buffer.alloc(4);
digest.writeUInt32BE(crc32(bytes));
const checksum = digest.toString("base64");

let folder: string;
let path: string;
let backend: Backend;
let browser: ClientBrowser;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "skyput-worker-"));
	path = join(folder, "film.bin");
	backend = await startBackend({
		uploads: defineUploads({ "files/*path": { authorize: "public", partSize: "5 MiB" } }),
		handler: { cors: { origins: ["*"] } },
	});
	browser = await openClientBrowser();
});
beforeEach(() => backend.clear());
afterAll(async () => {
	await browser?.close();
	await backend?.close();
	await rm(folder, { recursive: true });
});

interface Outcome {
	/** The checksum, or the code of the error. */
	readonly end: string | undefined;
	/** How many digests came from workers. */
	readonly digests: number;
	readonly workers: number;
}

interface Running extends Window {
	/** Passes what was asked of the worker on to it. */
	readonly goOn: () => void;
	readonly outcome: Promise<Outcome>;
}

/** Begins to upload the chosen file in parts, until its worker is asked for a digest. */
const begin = (page: Page): Promise<void> =>
	page.evaluate(async (endpoint) => {
		let workers = 0;
		let digests = 0;
		const asked = Promise.withResolvers<void>();
		const gate = Promise.withResolvers<void>();
		// a worker that leaves some checks unanswered is given up; the gate may stay closed for longer
		window.setInterval = (() => 0) as unknown as typeof setInterval;
		window.Worker = class extends Worker {
			constructor(url: string | URL) {
				super(url);
				workers++;
				this.addEventListener("error", () => asked.resolve());
				this.addEventListener("message", ({ data }) => {
					if (data.crc !== undefined) digests++;
				});
			}
			override postMessage(message: unknown): void {
				asked.resolve();
				void gate.promise.then(() => super.postMessage(message));
			}
		};
		const client = window.skyput.createClient({ endpoint, multipartThreshold: 1 });
		const { result } = client.uploadFile(window.chosenFile(), `files/${crypto.randomUUID()}`);
		const outcome = result
			.then(
				({ checksum }) => checksum?.value,
				({ code }) => code,
			)
			.then((end) => ({ end, digests, workers }));
		Object.assign(window, { goOn: gate.resolve, outcome });
		// where no worker can be made, the upload ends without
		await Promise.race([asked.promise, outcome]);
	}, backend.endpoint);

const release = (page: Page): Promise<Outcome> =>
	page.evaluate(async () => {
		const { goOn, outcome } = window as unknown as Running;
		goOn();
		return await outcome;
	});

async function openPage(policy?: string): Promise<Page> {
	await writeFile(path, bytes);
	const page = await browser.openPage(policy);
	await page.chooseFile("#file", path);
	return page;
}

it.each([
	["no policy", undefined],
	["one that forbids WebAssembly", "script-src 'self' 'unsafe-inline'; worker-src blob:"],
])("digests the parts in one worker under %s", async (_, policy) => {
	const page = await openPage(policy);
	await begin(page);
	expect(await release(page)).toEqual({ end: checksum, digests: 3, workers: 1 });
});

it.each(["worker-src 'none'", "script-src 'self' 'unsafe-inline'"])(
	"digests the parts in the page under the policy %s, which forbids the worker",
	async (policy) => {
		const page = await openPage(policy);
		await begin(page);
		expect(await release(page)).toMatchObject({ end: checksum, digests: 0 });
	},
);

it("fails as a changed file when it is shortened before the worker reads it", async () => {
	const page = await openPage();
	await begin(page);
	await truncate(path, 4 * mebibyte);
	expect(await release(page)).toMatchObject({ end: "file-changed" });
});

import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineUploads } from "@skyput/server";
import { type BackendOptions, startBackend } from "@skyput/testing";
import { onTestFinished } from "vitest";
import type { UploadResult } from "../../src/browser/index.js";
import { openClientBrowser } from "./open-client-browser.js";

export interface Delivery {
	readonly result: UploadResult;
	/** What `onProgress` said, in order. */
	readonly loaded: readonly number[];
	/** SHA-256 of the file, and of what the storage gives back for it. */
	readonly sent: string;
	readonly stored: string;
	/** What the storage calls the object's version. */
	readonly etag: string | undefined;
}

/** Uploads a file of random bytes from a page, through the handler into a storage, and reads it back. */
export async function sendLargeFile(
	size: number,
	options: Pick<BackendOptions, "s3" | "storage">,
): Promise<Delivery> {
	const { endpoint, provider, close } = await startBackend({
		uploads: defineUploads({
			// keys that the server makes, since Ceph 16 cannot refuse to overwrite in parts
			"films/*name": { authorize: "public", key: () => `films/${crypto.randomUUID()}` },
		}),
		handler: { cors: { origins: ["*"] } },
		...options,
	});
	onTestFinished(close);
	const browser = await openClientBrowser();
	onTestFinished(() => browser.close());
	const page = await browser.openPage();
	const { path, digest } = await makeFile(size);

	await page.chooseFile("#file", path);
	const { result, loaded } = await page.evaluate(async (endpoint) => {
		const loaded: number[] = [];
		const result = await window.skyput.uploadFile(window.chosenFile(), "films/film.mp4", {
			endpoint,
			onProgress: (progress) => void loaded.push(progress.loaded),
		});
		return { result, loaded };
	}, endpoint);

	const { url } = await provider.signDownload(result.key, { expiresIn: 3_600 });
	const { ok, body } = await fetch(url);
	if (!ok || !body) throw new Error("The storage does not have it");
	const hash = createHash("sha256");
	for await (const chunk of body) hash.update(chunk);
	const info = await provider.head(result.key);
	return { result, loaded, sent: digest, stored: hash.digest("hex"), etag: info?.etag };
}

async function makeFile(size: number): Promise<{ readonly path: string; readonly digest: string }> {
	const folder = await mkdtemp(join(tmpdir(), "skyput-film-"));
	onTestFinished(() => rm(folder, { recursive: true }));
	const path = join(folder, "film.mp4");
	const hash = createHash("sha256");
	const file = await open(path, "w");
	for (let left = size; left > 0; ) {
		const chunk = randomBytes(Math.min(left, 4_000_000));
		hash.update(chunk);
		await file.write(chunk);
		left -= chunk.length;
	}
	await file.close();
	return { path, digest: hash.digest("hex") };
}

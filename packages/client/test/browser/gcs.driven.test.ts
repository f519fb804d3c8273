import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { defineUploads } from "@skyput/server";
import { gcsProvider } from "@skyput/server/gcs";
import { staged } from "@skyput/server/provider";
import { startBackend, startGcsServer } from "@skyput/testing";
import { expect, onTestFinished, test } from "vitest";
import { openClientBrowser } from "./open-client-browser.js";

/** The rule that docs/gcs.md tells to set, for the pages of this test. */
async function documentedCors() {
	const text = await readFile(new URL("../../../../docs/gcs.md", import.meta.url), "utf8");
	const [, json = ""] = /```json\n(\[\s*\{\s*"origin"[^`]*)```/.exec(text) ?? [];
	const [rule] = JSON.parse(json);
	return [{ ...rule, origin: ["*"] }];
}

test("a page stores small and large files in Google Cloud Storage, with the CORS rule of the docs", async () => {
	const { endpoint, bucket, serviceAccount, close } = await startGcsServer({
		cors: await documentedCors(),
	});
	onTestFinished(close);
	const backend = await startBackend({
		uploads: defineUploads({
			"films/:name": { authorize: "public", partSize: "5 MiB", contentTypes: ["video/*"] },
		}),
		provider: staged(gcsProvider({ bucket, endpoint, credentials: serviceAccount })),
		handler: { cors: { origins: ["*"] } },
	});
	onTestFinished(backend.close);
	const browser = await openClientBrowser();
	onTestFinished(() => browser.close());
	const page = await browser.openPage();

	const results = await page.evaluate(async (endpoint) => {
		const ended = [];
		for (const size of [9, 11 * 2 ** 20]) {
			const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 131) % 251);
			const file = new File([bytes], "film.mp4", { type: "video/mp4" });
			const options = { endpoint, multipartThreshold: 1_000 };
			const result = await window.skyput.uploadFile(file, `films/${size}.mp4`, options);
			const digest = await crypto.subtle.digest("SHA-256", bytes);
			ended.push({ ...result, sent: [...new Uint8Array(digest)] });
		}
		return ended;
	}, backend.endpoint);

	for (const { key, size, verified, sent } of results) {
		expect(verified).toBe(true);
		const stored = await backend.read(key);
		expect(stored?.length).toBe(size);
		const digest = createHash("sha256")
			.update(stored ?? "")
			.digest();
		expect([...digest]).toEqual(sent);
	}
});

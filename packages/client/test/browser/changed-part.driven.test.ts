import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineUploads } from "@skyput/server";
import { startBackend } from "@skyput/testing";
import { expect, onTestFinished, test } from "vitest";
import type { Upload } from "../../src/browser/index.js";
import { openClientBrowser } from "./open-client-browser.js";

const mebibyte = 2 ** 20;

test.each([true, false])(
	"a file that is shortened between two parts is told as changed, with checksum: %s",
	async (checksum) => {
		const backend = await startBackend({
			uploads: defineUploads({ "files/*path": { authorize: "public", partSize: "5 MiB" } }),
			handler: { cors: { origins: ["*"] } },
		});
		onTestFinished(() => backend.close());
		const folder = await mkdtemp(join(tmpdir(), "skyput-changed-"));
		onTestFinished(() => rm(folder, { recursive: true }));
		const path = join(folder, "film.bin");
		await writeFile(path, new Uint8Array(12 * mebibyte).fill(1));
		const browser = await openClientBrowser();
		onTestFinished(() => browser.close());
		const page = await browser.openPage();
		await page.chooseFile("#file", path);
		await page.evaluate(
			async ([endpoint, checksum]) => {
				const partStored = Promise.withResolvers<void>();
				const changed = Promise.withResolvers<void>();
				let windows = 0;
				const client = window.skyput.createClient({
					endpoint,
					checksum,
					multipartThreshold: 1,
					concurrency: 1,
					retry: { limit: 3, networkLimit: 3 },
					stallTimeout: 5_000,
					async fetch(request) {
						const response = await fetch(request);
						const { pathname } = new URL(request.url);
						if (pathname.endsWith("/parts") && windows++ === 0) {
							partStored.resolve();
							await changed.promise;
						}
						if (response.status !== 201) return response;
						// the other parts need another window
						const plan = await response.json();
						plan.window.count = 1;
						plan.window.values.length = 1;
						return Response.json(plan, { status: 201 });
					},
				});
				const upload = client.uploadFile(window.chosenFile(), "files/film");
				upload.result.catch(() => {});
				Object.assign(window, { upload, changed });
				await partStored.promise;
			},
			[backend.endpoint, checksum] as const,
		);
		await truncate(path, 4 * mebibyte);
		const end = await page.evaluate(async () => {
			const { upload, changed } = window as unknown as {
				readonly upload: Upload;
				readonly changed: PromiseWithResolvers<void>;
			};
			changed.resolve();
			return upload.result.then(
				() => "stored",
				({ code }) => code,
			);
		});
		expect(end).toBe("file-changed");
		expect(await backend.read("files/film")).toBeNull();
	},
);

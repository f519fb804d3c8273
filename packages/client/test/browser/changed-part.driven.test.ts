import { open, truncate } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import type { Upload } from "../../src/browser/index.js";
import { openClientBrowser } from "./open-client-browser.js";
import { prepareFilm } from "./prepare-film.js";

const mebibyte = 2 ** 20;

/** What becomes of the file after its first part was sent. Firefox reads the new bytes without an error. */
const changes = {
	shortened: (path: string) => truncate(path, 4 * mebibyte),
	async "rewritten in place"(path: string) {
		const file = await open(path, "r+");
		await file.write(new Uint8Array(size).fill(2));
		await file.close();
	},
};
const size = 12 * mebibyte;

test.each(
	(["shortened", "rewritten in place"] as const).flatMap((change) =>
		[true, false].map((checksum) => ({ change, checksum })),
	),
)(
	"a file that is $change between two parts is told as changed, with checksum: $checksum",
	async ({ change, checksum }) => {
		const { backend, path } = await prepareFilm(size);
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
		await changes[change](path);
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

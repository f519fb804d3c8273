import { open, readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type ClientBrowser, openClientBrowser } from "./open-client-browser.js";
import { prepareFilm } from "./prepare-film.js";

const mebibyte = 2 ** 20;
const size = 12 * mebibyte + 123;

/** Where the file is rewritten: no byte of the head, middle and tail by which a record is found. */
const [start, end] = [mebibyte, 2 * mebibyte];

let browser: ClientBrowser;
beforeAll(async () => {
	browser = await openClientBrowser();
});
afterAll(() => browser.close());

test.each([true, false])(
	"a chosen file that is rewritten after its upload failed is resumed whole or refused, with checksum: %s",
	async (checksum) => {
		const { backend, path } = await prepareFilm(size);
		const page = await browser.openPage();
		onTestFinished(() => page.close().catch(() => {}));
		await page.chooseFile("#file", path);
		const upload = (completes: boolean): Promise<string> =>
			page.evaluate(
				async ([endpoint, checksum, completes]) => {
					const client = window.skyput.createClient({
						endpoint,
						checksum,
						resume: true,
						multipartThreshold: 1,
						retry: { limit: 0, networkLimit: 0 },
						fetch: async (request) =>
							completes || !request.url.endsWith("/complete")
								? await fetch(request)
								: new Response("{}", { status: 503 }),
					});
					return client.uploadFile(window.chosenFile(), "files/film").then(
						() => "stored",
						({ code }) => code,
					);
				},
				[backend.endpoint, checksum, completes] as const,
			);
		expect(await upload(false)).toBe("storage-unavailable");
		const file = await open(path, "r+");
		await file.write(new Uint8Array(end - start).fill(2), 0, end - start, start);
		await file.close();

		const outcome = await upload(true);
		const stored = await backend.read("files/film");
		// Firefox reads the new bytes; the others refuse to read
		if (outcome !== "stored") expect([outcome, stored]).toEqual(["file-changed", null]);
		else expect(Buffer.compare(stored ?? Buffer.of(), await readFile(path))).toBe(0);
	},
);

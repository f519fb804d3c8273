import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { openClientBrowser } from "./open-client-browser.js";

test("a file that was written to after it was chosen fails as a changed file, before anything is asked for", async ({
	skip,
}) => {
	const { changedFiles } = inject("missing");
	skip(changedFiles !== undefined, changedFiles);
	const folder = await mkdtemp(join(tmpdir(), "skyput-changed-"));
	onTestFinished(() => rm(folder, { recursive: true }));
	const path = join(folder, "notes.txt");
	await writeFile(path, new Uint8Array(3_000_000));
	const browser = await openClientBrowser();
	onTestFinished(() => browser.close());
	const page = await browser.openPage();
	const upload = (): Promise<string> =>
		page.evaluate(async () => {
			const fetch = async (): Promise<Response> => new Response("{}", { status: 404 });
			const client = window.skyput.createClient({ endpoint: "https://endpoint.invalid", fetch });
			return client.uploadFile(window.chosenFile(), "notes.txt").then(
				() => "stored",
				({ code }) => code,
			);
		});

	await page.chooseFile("#file", path);
	expect(await upload()).not.toBe("file-changed");
	await appendFile(path, "more");
	expect(await upload()).toBe("file-changed");
});

import { appendFile, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { openClientBrowser } from "./open-client-browser.js";

test.for([
	["fails as a changed file", "notes.txt", 3_200_000, /^file-changed: The file was changed/],
	["and has no type fails as one", "film", 32_000_000, /^file-changed: The file was changed/],
	// of this size it may be a folder
	["and has no type is told to choose again", "notes", 3_200, /^invalid-request: .* was changed/],
] as const)(
	"a file that was written to after it was chosen %s, before anything is asked for",
	async ([, name, size, expected], { skip }) => {
		const { changedFiles } = inject("missing");
		skip(changedFiles !== undefined, changedFiles);
		const folder = await mkdtemp(join(tmpdir(), "skyput-changed-"));
		onTestFinished(() => rm(folder, { recursive: true }));
		const path = join(folder, name);
		await writeFile(path, new Uint8Array(size));
		// WebKit tells a file that was written to by its time in whole seconds
		await utimes(path, 1_000, 1_000);
		const browser = await openClientBrowser();
		onTestFinished(() => browser.close());
		const page = await browser.openPage();
		const upload = (): Promise<string> =>
			page.evaluate(async () => {
				const fetch = async (): Promise<Response> => new Response("{}", { status: 404 });
				const client = window.skyput.createClient({ endpoint: "https://endpoint.invalid", fetch });
				return client.uploadFile(window.chosenFile(), "notes.txt").then(
					() => "stored",
					({ code, message }) => `${code}: ${message}`,
				);
			});

		await page.chooseFile("#file", path);
		expect(await upload()).not.toMatch(expected);
		await appendFile(path, "more");
		expect(await upload()).toMatch(expected);
	},
);

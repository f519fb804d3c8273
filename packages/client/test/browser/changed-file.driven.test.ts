import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { openPage } from "./open-page.js";

test("a file that was written to after it was chosen fails as a changed file, before anything is asked for", async () => {
	const folder = await mkdtemp(join(tmpdir(), "skyput-changed-"));
	onTestFinished(() => rm(folder, { recursive: true }));
	const path = join(folder, "notes.txt");
	await writeFile(path, new Uint8Array(3_000_000));
	const { page, close } = await openPage();
	onTestFinished(close);
	const upload = (): Promise<string> =>
		page.evaluate(async () => {
			const [file] = document.querySelector<HTMLInputElement>("#file")?.files ?? [];
			if (!file) throw new Error("no file was chosen");
			const fetch = async (): Promise<Response> => new Response("{}", { status: 404 });
			const client = window.skyput.createClient({ endpoint: "https://endpoint.invalid", fetch });
			return client.uploadFile(file, "notes.txt").then(
				() => "stored",
				({ code }) => code,
			);
		});

	await page.setInputFiles("#file", path);
	expect(await upload()).not.toBe("file-changed");
	await appendFile(path, "more");
	expect(await upload()).toBe("file-changed");
}, 60_000);

import { chromium } from "playwright";
import { expect, onTestFinished, test } from "vitest";
import { findChromium } from "../../../../tools/find-chromium.js";
import { makeFolder } from "../folder.js";
import { buildCommand, startCommand } from "../start-command.js";

const executablePath = findChromium();

const uploads = `
	import { defineUploads } from "@skyput/server";
	export const uploads = defineUploads({
		"docs/:userId/:name": { authorize: "public", maxSize: "1 MB" },
		"photos/*path": { authorize: "public", overwrite: true },
	});
`;

test.runIf(executablePath)(
	"the page stores where its user says, and switches the faults",
	async () => {
		const command = await buildCommand();
		onTestFinished(command.remove);
		const dev = startCommand(
			command.main,
			["dev", "--json", "--port", "0", "--storage-port", "0", "--fault-rate", "0"],
			{ cwd: await makeFolder({ "uploads.ts": uploads }) },
		);
		const [, address = ""] = await dev.prints(/"page":"([^"]+)"/);
		const browser = await chromium.launch({
			...(executablePath ? { executablePath } : {}),
			args: ["--no-sandbox"],
		});
		onTestFinished(() => browser.close());
		const page = await browser.newPage();
		page.setDefaultTimeout(240_000);
		await page.goto(address);
		await page.getByText("Up to 1 MB per file. Existing files are never overwritten.").waitFor();
		await page.getByLabel("Store as").selectOption("photos/*path");
		await page.getByText("Existing files are replaced.").waitFor();
		await page
			.getByLabel("Files", { exact: true })
			.first()
			.setInputFiles({
				name: "cat.txt",
				mimeType: "text/plain",
				buffer: Buffer.from("cat"),
			});
		await page.locator('a[href="/stored/photos%2Fcat.txt"]').waitFor();
		await page.getByLabel("Bad network").check();
		await dev.prints(/{"event":"faults","on":true}/);
		await page.reload();
		expect(await page.getByLabel("Bad network").isChecked()).toBe(true);
	},
);

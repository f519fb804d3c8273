import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { defineUploads } from "@skyput/server";
import { createNodeHandler } from "@skyput/server/node";
import { s3Provider } from "@skyput/server/s3";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { findChromium } from "../../../tools/find-chromium.ts";
import { readObject, startTestStorage } from "./check-server.ts";

// docs/forms.md shows these files; each is a form of a real page here

const executablePath = findChromium() ?? "";
const uploads = defineUploads({
	"attachments/:userId/:id/:name": {
		maxSize: "1 MB",
		contentTypes: ["text/plain"],
		authorize: ({ principal, params }) => principal?.sub === params.userId,
	},
});
const smallFile = { name: "note.txt", mimeType: "text/plain", buffer: randomBytes(1_000) };
const other = { name: "other.txt", mimeType: "text/plain", buffer: randomBytes(1_000) };
const script = { name: "page.html", mimeType: "text/html", buffer: Buffer.from("<p>") };
const refusal = "text/html is not accepted here.";

async function startPage(storage: Awaited<ReturnType<typeof startTestStorage>>): Promise<Server> {
	const { bucket, region, endpoint } = storage;
	const { outputFiles } = await build({
		entryPoints: [join(import.meta.dirname, "forms-page.tsx")],
		bundle: true,
		format: "esm",
		jsx: "automatic",
		conditions: ["source"],
		define: { "process.env.NODE_ENV": '"development"' },
		write: false,
	});
	const handleUploads = createNodeHandler({
		uploads,
		provider: s3Provider({ bucket, region, endpoint, compatibility: "aws" }),
		principal: () => ({ sub: "42" }),
		tokenSecret: randomBytes(32).toString("base64"),
	});
	const html = `<!doctype html><link rel="icon" href="data:,"><main></main>
		<script type="module" src="/page.js"></script>`;
	const server = createServer((request, response) => {
		if (request.url?.startsWith("/api/uploads")) return void handleUploads(request, response);
		const isScript = request.url === "/page.js";
		response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
		response.end(isScript ? outputFiles[0]?.text : html);
	});
	await once(server.listen(0, "127.0.0.1"), "listening");
	return server;
}

describe.runIf(executablePath)("in Chromium", () => {
	let storage: Awaited<ReturnType<typeof startTestStorage>>;
	let server: Server;
	let browser: Browser;
	let page: Page;
	beforeAll(async () => {
		storage = await startTestStorage();
		server = await startPage(storage);
		const args = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"];
		browser = await chromium.launch({ executablePath, args });
	});
	afterEach(() => page?.close());
	afterAll(async () => {
		await browser?.close();
		server?.close();
		await storage?.close();
	});

	/** Opens a form whose bodies wait for the function that it resolves to. */
	async function open(form: string): Promise<() => void> {
		page = await browser.newPage();
		page.setDefaultTimeout(240_000);
		const { port } = server.address() as { port: number };
		const { promise: released, resolve: release } = Promise.withResolvers<void>();
		await page.route(`${storage.endpoint}/**`, async (route) => {
			if (route.request().method() === "PUT") await released;
			// the upload may have been aborted meanwhile
			await route.continue().catch(() => {});
		});
		await page.goto(`http://127.0.0.1:${port}/#${form}`);
		return release;
	}
	const choose = (file: typeof smallFile): Promise<void> =>
		page.getByLabel("Attachment").setInputFiles(file);
	const save = (): Promise<void> => page.getByRole("button", { name: "Save" }).click();
	const alertOf = (text: string) => page.getByRole("alert").filter({ hasText: text });
	/** Chooses a file, and waits until its bytes are on their way. */
	const chooseAndSend = async (file: typeof smallFile): Promise<void> => {
		await Promise.all([page.waitForRequest((request) => request.method() === "PUT"), choose(file)]);
	};

	interface Saved {
		readonly title: string;
		readonly attachment: string;
	}
	const readSaved = (): Promise<Saved[]> =>
		page.evaluate(() => (window as unknown as { saved: Saved[] }).saved);
	const waitForSaved = () =>
		page.waitForFunction(() => (window as unknown as { saved: unknown[] }).saved.length > 0);

	describe.each(["hook-form", "tanstack-form"])("forms/%s.tsx", (form) => {
		test("submits when the file is stored, if it was asked to before", async () => {
			const release = await open(form);
			await page.getByLabel("Title").fill("A broken lamp");
			await chooseAndSend(smallFile);
			await save();
			await page.getByRole("button", { name: "Save", disabled: true }).waitFor();
			expect(await readSaved()).toEqual([]);
			release();
			await waitForSaved();
			const [saved] = await readSaved();
			expect(saved?.title).toBe("A broken lamp");
			expect(saved?.attachment).toMatch(/^attachments\/42\/[\w-]+\/note\.txt$/);
			expect(smallFile.buffer.equals(await readObject(saved?.attachment ?? ""))).toBe(true);
		});

		test("tells a refused file at once, and submits another", async () => {
			const release = await open(form);
			release();
			await page.getByLabel("Title").fill("A broken lamp");
			await choose(script);
			await alertOf(refusal).waitFor();
			await save();
			await alertOf(refusal).waitFor();
			expect(await readSaved()).toEqual([]);
			await choose(smallFile);
			await alertOf(refusal).waitFor({ state: "detached" });
			await save();
			await waitForSaved();
			expect(await readSaved()).toHaveLength(1);
		});

		test("asks for a file", async () => {
			await open(form);
			await page.getByLabel("Title").fill("A broken lamp");
			await save();
			await alertOf("Choose a file.").waitFor();
			expect(await readSaved()).toEqual([]);
		});

		test("submits the file that was chosen last", async () => {
			const release = await open(form);
			await page.getByLabel("Title").fill("A broken lamp");
			await chooseAndSend(smallFile);
			await chooseAndSend(other);
			release();
			await save();
			await waitForSaved();
			const [saved] = await readSaved();
			expect(saved?.attachment).toMatch(/other\.txt$/);
		});
	});

	describe("forms/html.ts", () => {
		const isValid = (): Promise<boolean> =>
			page.getByLabel("Attachment").evaluate((input: HTMLInputElement) => input.validity.valid);
		const waitUntilValid = () =>
			page.waitForFunction(() => document.querySelector<HTMLFormElement>("form")?.checkValidity());

		test("submits the key alone, once the file is stored", async () => {
			const release = await open("html");
			await page.getByLabel("Title").fill("A broken lamp");
			await chooseAndSend(smallFile);
			await save();
			expect([await isValid(), await readSaved()]).toEqual([false, []]);
			release();
			await waitUntilValid();
			await save();
			await waitForSaved();
			const [saved] = await readSaved();
			expect(saved).toEqual({
				title: "A broken lamp",
				attachment: expect.stringMatching(/^attachments\/42\/[\w-]+\/note\.txt$/),
			});
			expect(smallFile.buffer.equals(await readObject(saved?.attachment ?? ""))).toBe(true);
		});

		test("submits nothing while a second file is uploaded after the first", async () => {
			const release = await open("html");
			await chooseAndSend(smallFile);
			await chooseAndSend(other);
			release();
			await waitUntilValid();
			await save();
			await waitForSaved();
			expect((await readSaved())[0]?.attachment).toMatch(/other\.txt$/);
		});

		test("tells a refused file by its validity", async () => {
			const release = await open("html");
			release();
			await choose(script);
			const attachment = page.getByLabel("Attachment");
			await expect
				.poll(() => attachment.evaluate((input: HTMLInputElement) => input.validationMessage))
				.toContain(refusal);
			await save();
			expect(await readSaved()).toEqual([]);
		});
	});

	describe("forms/tanstack-query.tsx", () => {
		test("shows that a file is uploaded, and then its key", async () => {
			const release = await open("tanstack-query");
			await choose(smallFile);
			await page.getByRole("status").filter({ hasText: "Uploading…" }).waitFor();
			expect(await page.getByLabel("Attachment").isDisabled()).toBe(true);
			release();
			const status = page.getByRole("status").filter({ hasText: /note\.txt$/ });
			const key = (await status.textContent()) ?? "";
			expect(smallFile.buffer.equals(await readObject(key))).toBe(true);
		});

		test("tells a refused file, and takes another", async () => {
			const release = await open("tanstack-query");
			release();
			await choose(script);
			await alertOf(refusal).waitFor();
			await choose(smallFile);
			await page
				.getByRole("status")
				.filter({ hasText: /note\.txt$/ })
				.waitFor();
		});
	});
});

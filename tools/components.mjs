// Installs the components into a Vite and a Next app by the real `shadcn` command, as a user would, and uploads by
// them in Chromium: `npm run components`, or with a name, `npm run components -- vite`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright";
import { buildIfStale } from "./build.mjs";
import { root, run } from "./command.mjs";
import { findChromium } from "./find-chromium.ts";
import { packPackages } from "./packed.mjs";

/** The format of items is that of this version. */
const shadcn = "shadcn@4.23.1";
const apps = ["vite", "next"];
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !apps.includes(name));
if (unknown.length > 0) throw new Error(`There is no app ${unknown}; there are ${apps}`);

const executablePath = findChromium();
assert.ok(executablePath, "needs Chromium: `sudo apt-get install -y chromium` (or set CHROMIUM)");
await buildIfStale();
await run("node", ["packages/registry/build.mjs"]);
const { defineUploads } = await import("../packages/server/dist/index.js");
const { startBackend } = await import("../packages/testing/dist/index.js");

const scratch = await mkdtemp(join(tmpdir(), "skyput-components-"));
const tarballs = await packPackages(scratch);
const registry = await startRegistry();
const backend = await startBackend({
	uploads: defineUploads({
		"users/:userId/*path": { authorize: "public", contentTypes: ["image/png"] },
	}),
	runtime: "node",
});
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
	for (const name of asked.length > 0 ? asked : apps) {
		const start = performance.now();
		const folder = await install(name);
		await use(name, folder);
		console.log(
			`ok      components in ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`,
		);
	}
} finally {
	await browser.close();
	await backend.close();
	registry.server.close();
	registry.server.closeAllConnections();
	await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
}

/** Serves `@skyput/client` as npm's registry would, and the components by HTTP. */
async function startRegistry() {
	const tarball = await readFile(tarballs["@skyput/client"]);
	const manifest = JSON.parse(await readFile(join(root, "packages/client/package.json"), "utf8"));
	const { name, version, dependencies, peerDependencies, peerDependenciesMeta } = manifest;
	for (const key of Object.keys(dependencies)) dependencies[key] = "*";
	const server = createServer(async (request, response) => {
		const { host } = request.headers;
		const [, item] = /^\/r\/([\w-]+\.json)$/.exec(request.url) ?? [];
		if (request.url.endsWith(".tgz")) response.end(tarball);
		else if (item) response.end(await readFile(join(root, "packages/registry/dist", item)));
		else {
			const dist = { tarball: `http://${host}/client.tgz` };
			const entry = { name, version, dependencies, peerDependencies, peerDependenciesMeta, dist };
			const packument = { name, "dist-tags": { latest: version }, versions: { [version]: entry } };
			response.end(JSON.stringify(packument));
		}
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return { server, address: `http://127.0.0.1:${server.address().port}` };
}

/** Makes the app, with the components that `npx shadcn add` copies. */
async function install(name) {
	const folder = join(scratch, name);
	const fixtures = join(root, "tools/fixtures/registry");
	await cp(join(fixtures, name), folder, { recursive: true });
	for (const file of ["page.tsx", "photos.tsx"])
		await cp(join(fixtures, file), join(folder, "src", file));
	await writeFile(
		join(folder, ".npmrc"),
		`@skyput:registry=${registry.address}/\nignore-scripts=true\n`,
	);
	await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], { cwd: folder });
	// one by its file, the others by their address
	const file = join(root, "packages/registry/dist/upload-list.json");
	const urls = ["dropzone", "button", "avatar", "folder"].map(
		(item) => `${registry.address}/r/upload-${item}.json`,
	);
	for (const items of [[file], urls]) {
		const words = ["--yes", "--prefer-offline", shadcn, "add", ...items, "--yes", "--overwrite"];
		await run("npx", words, { cwd: folder });
	}
	const copied = await readdir(join(folder, "src/components/skyput"));
	const all = await readdir(join(root, "packages/registry/src"));
	assert.deepEqual(copied.toSorted(), all.toSorted());
	return folder;
}

/** Builds and serves the app, and uploads by its components. */
async function use(name, folder) {
	await run("npm", ["run", "build"], { cwd: folder, env: { NEXT_TELEMETRY_DISABLED: "1" } });
	const [program, ...words] = JSON.parse(
		await readFile(join(folder, "package.json"), "utf8"),
	).scripts.start.split(" ");
	const server = spawn(join(folder, "node_modules/.bin", program), words, {
		cwd: folder,
		stdio: ["ignore", "pipe", "inherit"],
		env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1" },
	});
	try {
		const address = await addressOf(server);
		const page = await browser.newPage();
		page.setDefaultTimeout(240_000);
		const problems = [];
		page.on("pageerror", (error) => problems.push(String(error)));
		page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
		// as if the app served the upload handler
		await page.route(/\/uploads([/?]|$)/, async (route) => {
			const { pathname, search } = new URL(route.request().url());
			const url = new URL(pathname + search, backend.endpoint).href;
			await route.fulfill({ response: await route.fetch({ url }) });
		});
		await page.goto(address, { waitUntil: "networkidle" });
		const buffer = Buffer.from("a picture of this app");
		const inputs = {
			Files: "zone",
			"Upload invoices": "button",
			"Picture of Ada Lovelace": "avatar",
		};
		for (const [label, of] of Object.entries(inputs)) {
			await page
				.getByLabel(label, { exact: true })
				.first()
				.setInputFiles({
					name: `${name}-${of}.png`,
					mimeType: "image/png",
					buffer,
				});
			await stored(`users/42/${name}-${of}.png`, buffer);
		}
		const styled = await page
			.locator(".sk-zone")
			.first()
			.evaluate((zone) => getComputedStyle(zone).borderTopStyle);
		assert.equal(styled, "dashed");
		assert.deepEqual(problems, []);
		await page.close();
	} finally {
		server.kill();
	}
}

/** Waits until these bytes are in the storage. */
async function stored(key, bytes) {
	for (const end = performance.now() + 240_000; performance.now() < end; ) {
		const found = await backend.read(key);
		if (found) return assert.ok(bytes.equals(found), `${key} differs`);
		await new Promise((done) => setTimeout(done, 100));
	}
	throw new Error(`${key} was not stored`);
}

/** Where a server listens, which it prints. */
async function addressOf({ stdout }) {
	for await (const line of createInterface({ input: stdout })) {
		const [found] = /http:\/\/(127\.0\.0\.1|localhost):\d+/.exec(line) ?? [];
		if (found) return found;
	}
	throw new Error("the app ended without an address");
}

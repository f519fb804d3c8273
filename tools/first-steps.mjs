// Follows the README's first steps, and the skills that the packages bring for coding agents, to the letter: in
// an empty folder, with npm, the blocks as they stand there, and Chromium. The packed packages stand for what
// the registry has. `npm run first-steps`, or one of them: `-- skills`, `-- draft.md`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { buildIfStale } from "./build.mjs";
import { root, run } from "./command.mjs";
import { packPackages } from "./packed.mjs";
import { uploadInPage } from "./upload-in-page.mjs";

/** Of the page and the upload handler, as the texts say. */
const addresses = ["http://localhost:5173", "http://localhost:3000/uploads"];
const headings = ["## Server\n", "## Client\n", "## Try it\n"];
const asked = process.argv[2];

await buildIfStale();
const scratch = await mkdtemp(join(tmpdir(), "skyput-first-steps-"));
const tarballs = await packPackages(scratch);
try {
	if (asked !== "skills") {
		const document = resolve(root, asked ?? "README.md");
		const sections = sectionsOf(await readFile(document, "utf8"), document);
		await tryOut(asked ?? "README.md", sections);
	}
	if (asked === "skills" || asked === undefined) {
		await tryOut("the skills", [await readSkill("server"), await readSkill("client")]);
	}
} finally {
	await rm(scratch, { recursive: true, force: true, maxRetries: 5 });
}

/** Does what the texts say in an empty folder. */
async function tryOut(name, texts) {
	const { files, commands } = readSteps(texts);
	const folder = await mkdtemp(join(scratch, "empty-"));
	const servers = [];
	try {
		const start = performance.now();
		for (const [file, text] of files) await writeFile(join(folder, file), text);
		for (const command of commands) await follow(command, { folder, servers });
		await checkTypes(folder, files);
		await upload(addresses);
		const seconds = Math.round((performance.now() - start) / 1000);
		console.log(`ok      ${name}: followed to a working upload (${seconds} s)`);
	} finally {
		// npx has children of its own
		for (const { pid, exited } of servers) {
			process.kill(-pid);
			await exited;
		}
	}
	// the children of npx may end later, and the next text's servers need their ports
	for (const address of addresses) await answers(address, false);
}

/** A skill as it is in the tarball of a package. */
async function readSkill(name) {
	const path = `package/skills/skyput-${name}/SKILL.md`;
	await run("tar", ["-xzf", tarballs[`@skyput/${name}`], "-C", scratch, path]);
	const text = await readFile(join(scratch, path), "utf8");
	// agentskills.io: the name is the folder's
	assert.match(text, new RegExp(`^---\nname: skyput-${name}\ndescription: .{40,1024}\n`));
	return text;
}

/** The sections of a document with these headings. */
function sectionsOf(text, document) {
	return headings.map((heading) => {
		const begin = text.indexOf(heading);
		assert.notEqual(begin, -1, `${document} has no section "${heading.trim()}"`);
		return text.slice(begin + heading.length).split(/^## /m)[0];
	});
}

/** The named blocks and the commands of these texts. */
function readSteps(texts) {
	const blocks = texts.flatMap((text) => [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]);
	const files = blocks.flatMap(([, , code]) => {
		const [, name] = /^(?:\/\/|<!--) ([\w.-]+)/.exec(code) ?? [];
		return name ? [[name, code]] : [];
	});
	const lines = blocks
		.filter(([, kind]) => kind === "sh")
		.flatMap(([, , code]) => code.split("\n"));
	const commands = lines.map((line) => line.replace(/#.*/, "").trim()).filter(Boolean);
	// servers start when everything is installed
	commands.sort((a, b) => Number(isServer(a)) - Number(isServer(b)));
	assert.ok(files.length >= 3 && commands.length >= 2, "the texts have too few blocks");
	return { files, commands };
}

function isServer(command) {
	return !command.startsWith("npm ");
}

/** Runs a command of the texts; a server stays up. */
async function follow(command, { folder, servers }) {
	const [program, ...words] = command.split(/\s+/).map((word) => tarballs[word] ?? word);
	if (!isServer(command)) {
		await run(program, words, { cwd: folder });
		return;
	}
	const server = spawn(program, words, { cwd: folder, detached: true, stdio: "inherit" });
	server.exited = new Promise((done) => server.once("exit", done));
	servers.push(server);
}

async function upload([address, endpoint]) {
	await answers(address);
	await answers(endpoint);
	await uploadInPage(
		address,
		(page) => page.locator("input"),
		(page) => page.getByText("users/42/film.bin"),
	);
}

/** Compiles all files together: the key in the page must match the server's table. */
async function checkTypes(folder, files) {
	// the Lambda function reads environment variables
	const node = ["--typeRoots", join(root, "node_modules/@types"), "--types", "node"];
	const options = ["--noEmit", "--strict", "--skipLibCheck", "--allowImportingTsExtensions"];
	const page = ["--module", "preserve", "--target", "es2024", "--lib", "es2024,dom,dom.iterable"];
	const sources = files.map(([name]) => name).filter((name) => /\.tsx?$/.test(name));
	const own = files.some(([name]) => name === "tsconfig.json");
	const words = own ? ["-p", "."] : [...options, ...page, ...node, ...sources];
	await run("tsc", words, { cwd: folder });
}

/** Waits until a server is up, or has ended. */
async function answers(address, isUp = true) {
	for (const end = performance.now() + 240_000; performance.now() < end; ) {
		const found = await fetch(address).then(
			() => true,
			() => false,
		);
		if (found === isUp) return;
		await new Promise((done) => setTimeout(done, 200));
	}
	throw new Error(`${address} ${isUp ? "does not answer" : "still answers"}`);
}

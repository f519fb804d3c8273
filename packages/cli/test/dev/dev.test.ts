import { once } from "node:events";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { uploadFile } from "@skyput/client";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { makeFolder } from "../folder.js";
import { run } from "../run.js";
import { buildCommand, type RunningCommand, startCommand } from "../start-command.js";

let command: Awaited<ReturnType<typeof buildCommand>>;
beforeAll(async () => {
	command = await buildCommand();
});
afterAll(() => command?.remove());

interface Ready {
	readonly page: string;
	readonly endpoint: string;
	readonly environment: Readonly<Record<string, string>>;
	readonly patterns: readonly string[];
	readonly steps?: readonly string[];
}

const table = (pattern: string, rule = "{ authorize: 'public' }"): string =>
	`import { defineUploads } from "@skyput/server"; export const uploads = defineUploads({ "${pattern}": ${rule} });`;

const anyPorts = ["--port", "0", "--storage-port", "0"];

const startDev = (cwd: string, ...options: readonly string[]): RunningCommand =>
	startCommand(command.main, ["dev", ...options], { cwd });

async function startReady(
	cwd: string,
	...options: readonly string[]
): Promise<{ readonly dev: RunningCommand; readonly ready: Ready }> {
	const dev = startDev(cwd, "--json", ...anyPorts, ...options);
	const [line] = await dev.prints(/^{"event":"ready".*}$/m);
	return { dev, ready: JSON.parse(line) as Ready };
}

const upload = (endpoint: string, key: string, headers: Record<string, string> = {}) =>
	uploadFile(new Blob(["hello"]), key, { endpoint, headers });

test("in an empty folder the page, the handler and the storage work, and Ctrl-C ends them", async () => {
	const { dev, ready } = await startReady(await makeFolder());
	const page = await (await fetch(ready.page)).text();
	expect(page).toContain('"key":"users/42/{path}"');
	expect((await fetch(new URL("main.js", ready.page))).headers.get("content-type")).toMatch(
		/^text\/javascript/,
	);
	const { key } = await upload(ready.endpoint, "users/42/hello.txt");
	expect(key).toBe("users/42/hello.txt");
	const stored = await fetch(new URL(`stored/${encodeURIComponent(key)}`, ready.page));
	expect(stored.headers.get("content-disposition")).toBe("attachment");
	expect(await stored.text()).toBe("hello");
	dev.child.kill("SIGINT");
	expect(await dev.ended).toBe(130);
	await expect(fetch(ready.page)).rejects.toThrow();
	expect(dev.text()).toContain('"event":"call","operation":"create"');
});

test("the user's table is served, with its code, for the user of --user or of a bearer token", async () => {
	const rule = `{
		authorize({ principal, params }) {
			if (params.name === "bad") throw new Error("a bug of the table");
			return principal?.sub === params.userId;
		},
		onComplete: ({ key }) => ({ from: key }),
	}`;
	const cwd = await makeFolder({ "src/uploads.ts": table("docs/:userId/:name", rule) });
	const { dev, ready } = await startReady(cwd, "--user", "ann");
	expect(ready.patterns).toEqual(["docs/:userId/:name"]);
	expect(ready.steps).toBeUndefined();
	expect(await (await fetch(ready.page)).text()).toContain('"key":"docs/ann/{name}"');
	expect((await upload(ready.endpoint, "docs/ann/a")).data).toEqual({ from: "docs/ann/a" });
	await upload(ready.endpoint, "docs/bob/a", { authorization: "Bearer bob" });
	await expect(upload(ready.endpoint, "docs/bob/b")).rejects.toMatchObject({ code: "forbidden" });
	await expect(upload(ready.endpoint, "docs/ann/bad")).rejects.toMatchObject({ code: "internal" });
	await dev.prints(/"event":"error".*a bug of the table.*uploads\.ts/);

	expect(dev.text()).toMatch(/"status":403,"code":"forbidden".*"reason":".+"/);
});

test("a change of the table, or of what it imports, applies; a broken one leaves the last", async () => {
	const cwd = await makeFolder({
		"uploads.ts":
			table("{}/:name").replace('"{}/:name"', "[`$" + "{folder}/:name`]") +
			'import { folder } from "./folder.ts";',
		"folder.ts": 'export const folder = "one";',
	});
	const { dev, ready } = await startReady(cwd);
	await upload(ready.endpoint, "one/a");
	await writeFile(join(cwd, "folder.ts"), 'export const folder = "two";');
	await dev.prints(/{"event":"reloaded","patterns":\["two\/:name"\]}/);
	await upload(ready.endpoint, "two/a");
	await writeFile(join(cwd, "uploads.ts"), "export const uploads = (;");
	await dev.prints(/{"event":"reload-failed","error":{"code":"uploads-invalid"/);
	await upload(ready.endpoint, "two/b");
	await rm(join(cwd, "uploads.ts"));
	await writeFile(join(cwd, "uploads.ts"), table("three/:name"));
	await dev.prints(/{"event":"reloaded","patterns":\["three\/:name"\]}/);
	await upload(ready.endpoint, "three/a");
});

test("a file in quarantine is looked at, and stored at its key where it passes", async () => {
	const rule =
		"{ authorize: 'public', quarantine: true, onComplete: ({ key }) => ({ from: key }) }";
	const cwd = await makeFolder({ "uploads.ts": table("docs/:name", rule) });
	const { dev, ready } = await startReady(cwd);
	expect(ready.steps).toEqual(["sniffType"]);
	const { data } = await upload(ready.endpoint, "docs/a.txt");
	expect(data).toEqual({ from: "docs/a.txt" });
	await dev.prints(/{"event":"outcome".*"state":"available"/);
	const stored = await fetch(new URL("stored/docs%2Fa.txt", ready.page));
	expect(await stored.text()).toBe("hello");
});

const ownSteps = `
	import { sniffType } from "@skyput/server/events";
	const noHello = async ({ reader }) =>
		Buffer.from(await reader.read(0, 5)).toString() === "hello"
			? { verdict: "infected", reason: "greeting" }
			: { verdict: "clean" };
	export const steps = [sniffType(), noHello];`;

test("files in quarantine are looked at by the steps that the table's file exports, also after a change", async () => {
	const quarantine = table("docs/:name", "{ authorize: 'public', quarantine: true }");
	const cwd = await makeFolder({ "uploads.ts": quarantine + ownSteps });
	const { dev, ready } = await startReady(cwd);
	expect(ready.steps).toEqual(["sniffType", "noHello"]);
	await expect(upload(ready.endpoint, "docs/a.txt")).rejects.toMatchObject({ code: "rejected" });
	await dev.prints(/{"event":"outcome".*"reason":"greeting"/);
	await writeFile(join(cwd, "uploads.ts"), quarantine);
	await dev.prints(/{"event":"reloaded".*"steps":\["sniffType"\]}/);
	expect((await upload(ready.endpoint, "docs/a.txt")).key).toBe("docs/a.txt");
});

test("steps that no object handler takes end with 2, and people read which steps run", async () => {
	const quarantine = table("docs/:name", "{ authorize: 'public', quarantine: true }");
	const wrong = startDev(
		await makeFolder({ "uploads.ts": `${quarantine} export const steps = ["sniffType"];` }),
		...anyPorts,
	);
	expect([await wrong.ended, wrong.text()]).toEqual([
		2,
		expect.stringContaining("steps must be a list of functions such as sniffType()"),
	]);
	const right = startDev(await makeFolder({ "uploads.ts": quarantine }), ...anyPorts);
	await right.prints(/Steps +sniffType; export `steps` beside `uploads` to run your own\n/);
});

test("a table that is written later is served from then on", async () => {
	const cwd = await makeFolder();
	const { dev } = await startReady(cwd);
	await writeFile(join(cwd, "uploads.ts"), table("later/:name"));
	await dev.prints(/{"event":"reloaded","patterns":\["later\/:name"\]}/);
});

test("so is one in a folder that is created later", async () => {
	const cwd = await makeFolder();
	const { dev } = await startReady(cwd);
	await mkdir(join(cwd, "src/lib"), { recursive: true });
	await writeFile(join(cwd, "src/lib/uploads.ts"), table("later/:name"));
	await dev.prints(/{"event":"reloaded","patterns":\["later\/:name"\]}/);
});

test("a table that the handler refuses ends with 2 and its message", async () => {
	const cwd = await makeFolder({
		"uploads.ts": table(
			"a/:name",
			"{ provider: 'x', encryption: { kmsKeyId: 'k' }, acl: 'public-read', quarantine: true, maxSize: '60 TB' }",
		),
	});
	const dev = startDev(cwd, ...anyPorts);
	expect(await dev.ended).toBe(2);

	expect(dev.text()).toMatch(/^skyput: .*"a\/:name"/);
});

test("with a bad network uploads still arrive, by another address of the storage", async () => {
	const cwd = await makeFolder({ "uploads.ts": table("a/:name") });
	const { dev, ready } = await startReady(cwd, "--fault-rate", "0.3");
	const faults = new URL("faults", ready.page);
	const on = await fetch(faults, { method: "POST", body: '{"on":true}' });
	expect(on.status).toBe(204);
	await dev.prints(/{"event":"faults","on":true}/);
	const plain = await fetch(`${ready.endpoint}?key=a/plain`);
	const { uploadURL } = (await plain.json()) as { uploadURL: string };
	expect(new URL(uploadURL).origin).not.toBe(ready.environment["S3_ENDPOINT"]);
	await Promise.all(Array.from({ length: 10 }, (_, i) => upload(ready.endpoint, `a/${i}`)));
	expect((await fetch(faults, { method: "POST", body: "{}" })).status).toBe(400);
});

test("a port that was asked for and is taken ends with 1, and the message names the option", async () => {
	const taken = createServer().listen(0, "127.0.0.1");
	await once(taken, "listening");
	onTestFinished(() => void taken.close());
	const { port } = taken.address() as { readonly port: number };
	const dev = startDev(await makeFolder(), "--port", `${port}`, "--storage-port", "0");
	expect(await dev.ended).toBe(1);
	expect(dev.text()).toContain(`another program uses port ${port}`);
	expect(dev.text()).toContain("--port");
});

test("a temporary folder that cannot be written to ends with 1, and the message names the variable", async () => {
	const cwd = await makeFolder();
	const env = { TMPDIR: join(cwd, "none") };
	const dev = startCommand(command.main, ["dev", ...anyPorts], { cwd, env });
	expect([await dev.ended, dev.text()]).toEqual([
		1,
		`skyput: the temporary folder ${env.TMPDIR} cannot be written: it does not exist (ENOENT). Set TMPDIR to one that can.\n`,
	]);
});

test("Ctrl-C that arrives twice, as through npx, counts once: nothing is left behind", async () => {
	const cwd = await makeFolder();
	const env = { TMPDIR: cwd };
	const dev = startCommand(command.main, ["dev", ...anyPorts], { cwd, env });
	await dev.prints(/Page +http/);
	expect(await readdir(cwd)).toEqual([expect.stringMatching(/^skyput-dev-/)]);
	dev.child.kill("SIGINT");
	dev.child.kill("SIGINT");
	expect(await dev.ended).toBe(130);
	expect(await readdir(cwd)).toEqual([]);
});

test("two servers at once take ports of their own, and say which one is taken", async () => {
	const cwd = await makeFolder();
	const servers = [startDev(cwd, "--json"), startDev(cwd, "--json")];
	const addresses = await Promise.all(
		servers.map(async (dev) => {
			const [line] = await dev.prints(/^{"event":"ready".*}$/m);
			return (JSON.parse(line) as Ready).page;
		}),
	);
	expect(new Set(addresses).size).toBe(2);
	const printed = servers.map(({ text }) => text()).join("");
	expect(printed).toMatch(/^Port 44\d\d is taken; trying the next one\.$/m);
});

test("pages of other sites are refused, also by a host name of theirs", async () => {
	const { ready } = await startReady(await makeFolder());
	const statusOf = async (headers: Record<string, string>): Promise<number | undefined> => {
		const call = request(`${ready.endpoint}?key=users/42/a`, { headers }).end();
		const [response] = await once(call, "response");
		response.resume();
		return response.statusCode as number;
	};
	expect(await statusOf({ origin: "https://evil.example" })).toBe(403);
	expect(await statusOf({ host: "evil.example" })).toBe(403);
	expect(await statusOf({ origin: "http://localhost:5173" })).not.toBe(403);
});

test("a page of another site gets a refusal in the form of the contract", async () => {
	const { ready } = await startReady(await makeFolder());
	const words = ["conform", ready.endpoint, "--key", "users/42/{random}", "--only", "other-site"];
	const { exitCode, stdout } = await run(words);
	expect(stdout).toContain("1 passed, 0 failed");
	expect(exitCode).toBe(0);
});

test("the doctor finds nothing at the storage, by the variables that are printed", async () => {
	const cwd = await makeFolder({ "uploads.ts": table("docs/:name") });
	const { ready } = await startReady(cwd);
	const doctor = startCommand(command.main, ["doctor"], { cwd, env: ready.environment });
	expect(await doctor.ended).toBe(0);
	expect(doctor.text()).toMatch(/no findings.*0 errors, 0 warnings/s);
});

test("people get a table of addresses instead of JSON", async () => {
	const dev = startDev(await makeFolder(), ...anyPorts);
	await dev.prints(/Page +http:\/\/127\.0\.0\.1:\d+\/\n/);
	await dev.prints(/Endpoint +http:\/\/127\.0\.0\.1:\d+\/uploads\n/);
	await dev.prints(/S3_ENDPOINT=http:\/\/127\.0\.0\.1:\d+\n/);
	expect(dev.text()).not.toContain("{");
});

import { randomBytes } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { makeFolder } from "../folder.js";
import { buildCommand, type RunningCommand, startCommand } from "../start-command.js";

const partSize = 10 * 2 ** 20;
const partCount = 11;
const content = randomBytes((partCount - 1) * partSize + 12_345);

let command: Awaited<ReturnType<typeof buildCommand>>;
let backend: Backend;
let cwd: string;

beforeAll(async () => {
	command = await buildCommand();
});
afterAll(() => command?.remove());

beforeEach(async () => {
	cwd = await makeFolder({ "state/.keep": "" });
	await writeFile(join(cwd, "film.bin"), content);
	backend = await startBackend({
		uploads: defineUploads({ "films/:name": { authorize: "public", partSize } }),
		// slow enough to be stopped in the middle
		storageProxy: { latency: 200 },
	});
	return () => backend.close();
});

const start = (...options: readonly string[]): RunningCommand =>
	startCommand(
		command.main,
		["upload", "film.bin", "films/", "-e", backend.endpoint, "-c", "2", ...options],
		{ cwd, env: { HOME: cwd, XDG_STATE_HOME: join(cwd, "state") } },
	);

const storedParts = (): (number | undefined)[] =>
	(backend.storageProxy?.log ?? [])
		.filter(({ operation, status }) => operation === "UploadPart" && status === 200)
		.map(({ partNumber }) => partNumber);

const someParts = (): Promise<void> =>
	expect.poll(() => storedParts().length, { interval: 5 }).toBeGreaterThan(3);

async function expectContinued(): Promise<void> {
	const second = start("--json");
	expect(await second.ended).toBe(0);
	expect(JSON.parse(second.text())).toMatchObject({
		stored: [{ key: "films/film.bin", size: content.length, verified: true }],
	});
	expect(Buffer.compare((await backend.read("films/film.bin")) ?? Buffer.of(), content)).toBe(0);
	// what was in flight is sent again, unless the storage had it before the command was killed
	expect(storedParts().length).toBeLessThanOrEqual(partCount + 2);
	const records = await readdir(join(cwd, "state/skyput/uploads"));
	expect(records.filter((name) => name.endsWith(".json"))).toEqual([]);
}

test("an upload that is killed continues when the same command runs again", async () => {
	const first = start();
	await someParts();
	first.child.kill("SIGKILL");
	expect(await first.ended).toBe("SIGKILL");
	await expectContinued();
});

test("Ctrl-C ends with 130 and says how to continue, and the same command continues", async () => {
	const first = start();
	await someParts();
	first.child.kill("SIGINT");
	expect(await first.ended).toBe(130);
	expect(first.text()).toContain("stopped. Run the same command again to continue.");
	await expectContinued();
});

test("Ctrl-C with --no-resume leaves no parts in the storage", async () => {
	const first = start("--no-resume");
	await someParts();
	first.child.kill("SIGINT");
	expect(await first.ended).toBe(130);
	const aborts = backend.storageProxy?.log.filter(
		({ operation }) => operation === "AbortMultipartUpload",
	);
	expect(aborts?.length).toBeGreaterThan(0);
	expect(await readdir(join(cwd, "state"))).toEqual([".keep"]);
});

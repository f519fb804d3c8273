import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { onTestFinished } from "vitest";

/** Starts an upload handler with parts of 5 MiB, and writes a file to choose; both are gone when the test ends. */
export async function prepareFilm(
	size: number,
): Promise<{ readonly backend: Backend; readonly path: string }> {
	const backend = await startBackend({
		uploads: defineUploads({ "files/*path": { authorize: "public", partSize: "5 MiB" } }),
		handler: { cors: { origins: ["*"] } },
	});
	onTestFinished(() => backend.close());
	const folder = await mkdtemp(join(tmpdir(), "skyput-film-"));
	onTestFinished(() => rm(folder, { recursive: true }));
	const path = join(folder, "film.bin");
	await writeFile(path, new Uint8Array(size).fill(1));
	// WebKit tells a file that was written to by its time in whole seconds
	await utimes(path, 1_000, 1_000);
	return { backend, path };
}

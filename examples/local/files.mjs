import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const block = 1_000_000;

/** A small file and one for multipart upload, in a folder that `remove` deletes. */
export async function makeFiles() {
	const folder = await mkdtemp(join(tmpdir(), "skyput-demo-"));
	const all = [
		await makeFile(folder, "hello.bin", 0.25),
		await makeFile(folder, "holiday.bin", 150),
	];
	return { folder, all, remove: () => rm(folder, { recursive: true, force: true }) };
}

async function makeFile(folder, name, megabytes) {
	const path = join(folder, name);
	const bytes = randomBytes(Math.min(megabytes, 1) * block);
	const hash = createHash("sha256");
	const file = await open(path, "w");
	try {
		for (let written = 0; written < megabytes; written++) {
			// no two blocks are equal, so that swapped parts are detected
			bytes.writeUInt32BE(written, 0);
			hash.update(bytes);
			await file.write(bytes);
		}
	} finally {
		await file.close();
	}
	return { name, path, size: megabytes * block, sha256: hash.digest("hex") };
}

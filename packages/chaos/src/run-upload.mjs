// One upload from its bytes to its end.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { uploadFile } from "@skyput/client";
import { fromPath } from "@skyput/client/node";

/** Milliseconds after which an upload hangs: ten answers in a row may be waited for in vain. */
export const patience = 120_000;

/**
 * @param {import("./upload-specs.mjs").Errand} errand
 * @param {object} cloud
 * @param {Buffer} bytes the file's
 * @param {string} folder for files
 * @returns {Promise<{ result?: object, error?: Error }>}
 */
export async function carryOut(errand, cloud, bytes, folder) {
	const path = join(folder, `${errand.number}.bin`);
	if (errand.source === "file") await writeFile(path, bytes);
	const input =
		errand.source === "file"
			? fromPath(path)
			: errand.source === "blob"
				? new Blob([bytes])
				: bytes;
	const upload = uploadFile(input, errand.key, {
		// a mount of its own, so that the proxy's log tells the uploads apart
		endpoint: `${cloud.endpoint}/${errand.number}`,
		stallTimeout: 2_000,
		multipartThreshold: errand.multipartThreshold,
		signal: AbortSignal.timeout(patience),
	});
	try {
		return { result: await upload };
	} catch (error) {
		return { error };
	} finally {
		if (errand.source === "file") await rm(path);
	}
}

// One upload in this process.
import { rm, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import { uploadFile } from "@skyput/client";
import { fromPath } from "@skyput/client/node";

/** Milliseconds; an upload that takes longer hangs. On a busy machine some take 10 minutes: many responses in a row time out. */
const timeout = 3_600_000;

/** Programs that wait for each processor, above which all of them get slow: a run by itself has fewer. */
const usualLoad = 4;

/** Milliseconds, by the storage, and by how busy the machine is: else responses that come late are given up in vain. */
export const timeoutsOf = ({ slowness }) => {
	const [load] = loadavg();
	const busyness = Math.max(1, load / availableParallelism() / usualLoad);
	return { stallTimeout: Math.ceil(2_000 * slowness * busyness), timeout };
};

/**
 * @param {import("./upload-specs.mjs").UploadSpec} spec
 * @param {{ endpoint: string, slowness: number }} backend
 * @param {Buffer} bytes the file's
 * @param {string} folder for files
 * @returns {Promise<{ result?: object, error?: Error }>}
 */
export async function runUpload(spec, backend, bytes, folder) {
	const path = join(folder, `${spec.number}.bin`);
	if (spec.source === "file") await writeFile(path, bytes);
	// larger buffers are refused
	const copied = spec.source !== "blob" && bytes.length <= 100_000_000;
	const input = spec.source === "file" ? fromPath(path) : copied ? bytes : new Blob([bytes]);
	const { stallTimeout, timeout } = timeoutsOf(backend);
	const upload = uploadFile(input, spec.key, {
		// the number in the path tells the uploads apart in the proxy's log
		endpoint: `${backend.endpoint}/${spec.number}`,
		stallTimeout,
		multipartThreshold: spec.multipartThreshold,
		signal: AbortSignal.timeout(timeout),
	});
	try {
		return { result: await upload };
	} catch (error) {
		return { error };
	} finally {
		if (spec.source === "file") await rm(path);
	}
}

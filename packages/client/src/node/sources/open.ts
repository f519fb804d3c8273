import { isAnyArrayBuffer } from "node:util/types";
import type { OpenableSource, Platform, UploadSource } from "../../platform.js";
import { loadParts } from "../../upload/load-multipart.js";
import { blobSource } from "./blob.js";
import { bytesSource } from "./bytes.js";

/**
 * The source of whatever a caller hands in.
 *
 * @throws TypeError for anything that is not one of the types it names.
 */
export async function openSource(file: unknown): Promise<UploadSource> {
	if (file instanceof Blob) return blobSource(file);
	if (ArrayBuffer.isView(file) || isAnyArrayBuffer(file)) return bytesSource(file);
	if (isOpenable(file)) return file.open();
	if (typeof file === "string") {
		throw new TypeError(
			'A string is not a file. Wrap a path in fromPath() of "@skyput/client/node", or text in a Blob.',
		);
	}
	throw new TypeError(
		'The file must be a File, a Blob, an ArrayBuffer, a typed array, a stream, or what fromPath() of "@skyput/client/node" returns.',
	);
}

/** Opens Node's own streams, web streams and other async iterables. */
export const openStream: Platform["openStream"] = async (...given) =>
	(await loadParts()).openStream(bytesSource, false, ...given);

function isOpenable(file: unknown): file is OpenableSource {
	return (
		typeof file === "object" && file !== null && "open" in file && typeof file.open === "function"
	);
}

import { UploadError } from "../../errors.js";
import type { ObjectInfo } from "../../object-spec.js";
import type { PresignProvider } from "../../provider.js";
import { encodePath } from "../sigv4.js";
import type { SendCall } from "./calls.js";
import type { GcsSettings } from "./options.js";
import { checksumsOf, objectHeaders, uploadIdHeader } from "./requests.js";

/** The control calls on whole objects. */
export type ObjectCalls = Pick<PresignProvider, "head" | "delete" | "copy">;

/** Makes the object calls of the XML API. The version of an object is its generation. */
export function objectCalls({ bucket }: GcsSettings, send: SendCall): ObjectCalls {
	async function head(key: string): Promise<ObjectInfo | null> {
		const answer = await send("check the object", { method: "HEAD", key });
		return answer && objectInfo(key, answer.headers);
	}

	return {
		head,

		async delete(key, { version, ifMatch } = {}) {
			let generation = version;
			if (ifMatch !== undefined) {
				const found = await head(key);
				if (found === null) return;
				if (found.etag !== ifMatch) throw new UploadError("conflict", "The object has changed.");
				generation = found.version;
			}
			await send("delete the object", {
				method: "DELETE",
				key,
				...(version === undefined ? {} : { query: { generation: version } }),
				// the storage compares no etag when it deletes, but the generation that has this one
				...(ifMatch === undefined || generation === undefined
					? {}
					: { headers: { "x-goog-if-generation-match": generation } }),
			});
		},

		async copy(source, target, { createOnly, spec }) {
			const from = source.version === undefined ? await head(source.key) : source;
			if (from === null) throw noSource(source.key);
			if (from !== source && source.etag !== undefined && from.etag !== source.etag) {
				throw changed();
			}
			const answer = await send("copy the object", {
				method: "PUT",
				key: target,
				headers: {
					"x-goog-copy-source": `${bucket}/${encodePath(source.key)}`,
					...(from.version === undefined ? {} : { "x-goog-copy-source-generation": from.version }),
					...(createOnly ? { "x-goog-if-generation-match": "0" } : {}),
					...(spec ? { ...objectHeaders(spec), "x-goog-metadata-directive": "REPLACE" } : {}),
				},
			});
			if (answer === null) throw (await head(source.key)) ? changed() : noSource(source.key);
			const copied = await head(target);
			if (copied === null) throw changed();
			return copied;
		},
	};
}

function objectInfo(key: string, headers: Headers): ObjectInfo {
	const [etag, version, contentType, uploadId] = [
		"etag",
		"x-goog-generation",
		"content-type",
		uploadIdHeader,
	].map((name) => headers.get(name));
	// a gzip encoding that the storage would undo leaves content-length out
	const size = headers.get("x-goog-stored-content-length") ?? headers.get("content-length");
	return {
		key,
		size: Number(size),
		...(etag ? { etag } : {}),
		...(version ? { version } : {}),
		...(contentType ? { contentType } : {}),
		...(uploadId ? { uploadId } : {}),
		checksums: checksumsOf(headers),
	};
}

function changed(): UploadError {
	return new UploadError("conflict", "The object has changed.");
}

function noSource(key: string): UploadError {
	return new UploadError("not-found", `There is no object ${JSON.stringify(key)} to copy.`);
}

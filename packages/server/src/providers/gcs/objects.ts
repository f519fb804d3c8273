import { hasCode, UploadError } from "../../errors.js";
import type { ObjectInfo } from "../../object-spec.js";
import type { PresignProvider } from "../../provider.js";
import { encodePath } from "../sigv4.js";
import type { SendCall } from "./calls.js";
import { checksumsOf, defined, objectHeaders, uploadIdHeader } from "./requests.js";

/** The control calls on whole objects. */
export type ObjectCalls = Pick<PresignProvider, "head" | "delete" | "copy">;

/** Makes the object calls of the XML API. The version of an object is its generation. */
export function objectCalls(bucket: string, send: SendCall): ObjectCalls {
	let bucketSeen = false;
	async function head(key: string): Promise<ObjectInfo | null> {
		const found = await send("check the object", { method: "HEAD", key }).catch(orNull);
		if (found) return objectInfo(key, found.headers);
		// a HEAD has no body: a missing bucket looks like a missing key
		const look = { method: "GET", key, headers: { range: "bytes=0-0" } } as const;
		if (!bucketSeen) await send("check the object", look).catch(orNull);
		bucketSeen = true;
		return null;
	}

	return {
		head,

		async delete(key, { version, ifMatch } = {}) {
			// the storage compares no etag when it deletes, but the generation that has this one
			const found = ifMatch === undefined ? undefined : await head(key);
			if (found === null) return;
			if (found?.etag !== ifMatch) throw changed();
			await send("delete the object", {
				method: "DELETE",
				key,
				query: defined({ generation: version }),
				headers: defined({ "x-goog-if-generation-match": found?.version }),
			}).catch(orNull);
		},

		async copy(source, target, { createOnly, spec }) {
			const { key, etag } = source;
			const found = source.version === undefined ? await head(key) : source;
			if (found && etag !== undefined && found.etag !== etag) throw changed();
			await send("copy the object", {
				method: "PUT",
				key: target,
				headers: defined({
					...(spec && objectHeaders(spec)),
					"x-goog-metadata-directive": spec && "REPLACE",
					"x-goog-copy-source": `${bucket}/${encodePath(key)}`,
					"x-goog-copy-source-generation": found?.version,
					"x-goog-if-generation-match": createOnly ? "0" : undefined,
				}),
			}).catch(async (error: unknown) => {
				throw hasCode(error, "not-found") && (await head(key)) ? changed() : error;
			});
			return (await head(target)) ?? Promise.reject(changed());
		},
	};
}

function objectInfo(key: string, headers: Headers): ObjectInfo {
	const text = (name: string): string | undefined => headers.get(name) ?? undefined;
	return {
		key,
		// the storage can undo gzip, and then does not tell a length
		size: Number(text("x-goog-stored-content-length") ?? text("content-length")),
		etag: text("etag"),
		version: text("x-goog-generation"),
		contentType: text("content-type"),
		contentEncoding: text("x-goog-stored-content-encoding"),
		cacheControl: text("cache-control"),
		contentDisposition: text("content-disposition"),
		metadata: headersBelow("x-goog-meta-", headers),
		uploadId: text(uploadIdHeader),
		checksums: checksumsOf(headers),
	};
}

/** The headers whose names begin with a prefix, without it. */
function headersBelow(prefix: string, headers: Headers): Record<string, string> {
	const found = [...headers].filter(([name]) => name.startsWith(prefix));
	return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]));
}

function orNull(error: unknown): null {
	if (hasCode(error, "not-found")) return null;
	throw error;
}

function changed(): UploadError {
	return new UploadError("conflict", "The object has changed.");
}

import { hasCode, UploadError } from "../../errors.js";
import type { ObjectInfo, ObjectSpec } from "../../object-spec.js";
import type { PresignProvider } from "../../provider.js";
import type { StorageCalls } from "./calls.js";
import { copyOnServer } from "./server-copy.js";
import { refuseVersion } from "./signer.js";

/** The control calls on whole objects. */
export type ObjectCalls = Pick<PresignProvider, "head" | "delete" | "copy">;

/** Metadata that holds the id of the upload, and the CRC-64/NVME that the storage computed at the commit. */
const uploadIdName = "x-ms-meta-skyput_upload";
const digestName = "x-ms-meta-skyput_crc64nvme";

/** Properties that a copy takes over, by the names of a response. */
const properties = [
	"content-type",
	"cache-control",
	"content-disposition",
	"content-encoding",
	"content-language",
] as const;

/** Makes the object calls. */
export function objectCalls({ send, sourceUrl }: StorageCalls): ObjectCalls {
	const read = async (key: string): Promise<Headers | null> => {
		try {
			const { headers } = await send("check the object", { method: "HEAD", key, permissions: "r" });
			return headers;
		} catch (error) {
			if (hasCode(error, "not-found")) return null;
			throw error;
		}
	};
	return {
		async head(key) {
			const headers = await read(key);
			return headers && infoOf(key, headers);
		},

		async delete(key, { version, ifMatch } = {}) {
			refuseVersion(version);
			try {
				await send("delete the object", {
					method: "DELETE",
					key,
					permissions: "d",
					headers: { "if-match": ifMatch },
				});
			} catch (error) {
				if (!hasCode(error, "not-found")) throw error;
			}
		},

		async copy(source, target, { createOnly, spec }) {
			const found = await read(source.key);
			if (found === null) throw new UploadError("not-found", "There is no object to copy.");
			const { size, etag = "", uploadId } = infoOf(source.key, found);
			if (etag !== (source.etag ?? etag)) {
				throw new UploadError("conflict", "The object to copy has changed.");
			}
			const headers = (crc64: string) =>
				spec
					? objectHeaders({ ...spec, uploadId: spec.uploadId ?? uploadId }, crc64)
					: { ...sameHeaders(found), [digestName]: crc64 };
			const copied = { source: { key: source.key, size, etag }, target, createOnly, headers };
			await copyOnServer({ send, sourceUrl }, "copy the object", copied);
			const info = await read(target);
			if (info === null) throw new UploadError("conflict", "The copy was deleted meanwhile.");
			return infoOf(target, info);
		},
	};
}

/** The headers of Put Block List that say what is stored with the bytes. @param crc64 - Of them. */
export function objectHeaders(spec: ObjectSpec, crc64: string): Record<string, string | undefined> {
	const metadata = Object.entries(spec.metadata ?? {}).map(([name, value]) => {
		if (/^[a-z_][a-z0-9_]*$/.test(name)) return [`x-ms-meta-${name}`, value] as const;
		throw new UploadError(
			"unsupported",
			`This storage cannot keep metadata named ${name}: letters, digits and _ are possible.`,
			{ values: { name } },
		);
	});
	return {
		"x-ms-blob-content-type": spec.contentType,
		"x-ms-blob-cache-control": spec.cacheControl,
		"x-ms-blob-content-disposition": spec.contentDisposition,
		"x-ms-blob-content-encoding": spec.contentEncoding,
		...Object.fromEntries(metadata),
		[uploadIdName]: spec.uploadId,
		[digestName]: crc64,
	};
}

function sameHeaders(found: Headers): Record<string, string | undefined> {
	return {
		...Object.fromEntries(
			properties.map((name) => [`x-ms-blob-${name}`, found.get(name) ?? undefined]),
		),
		...Object.fromEntries([...found].filter(([name]) => name.startsWith("x-ms-meta-"))),
	};
}

function metadataOf(headers: Headers): Record<string, string> {
	const prefix = "x-ms-meta-";
	const found = [...headers].filter(([name]) => name.startsWith(prefix));
	return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]));
}

/** What HEAD says of an object. */
function infoOf(key: string, headers: Headers): ObjectInfo {
	const get = (name: string): string | undefined => headers.get(name) || undefined;
	const digest = get(digestName);
	return {
		key,
		size: Number(headers.get("content-length")),
		etag: get("etag"),
		contentType: get("content-type"),
		contentEncoding: get("content-encoding"),
		cacheControl: get("cache-control"),
		contentDisposition: get("content-disposition"),
		metadata: metadataOf(headers),
		uploadId: get(uploadIdName),
		checksums: digest ? [{ algorithm: "crc64nvme", value: digest }] : [],
	};
}

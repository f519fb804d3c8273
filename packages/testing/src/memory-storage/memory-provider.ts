import { createHash, randomUUID } from "node:crypto";
import { crc32 } from "node:zlib";
import type {
	CompleteOptions,
	MultipartRef,
	ObjectInfo,
	PresignProvider,
	ProviderCapabilities,
} from "@skyput/server/provider";
import { type MemoryObject, type MemoryState, type MemoryUpload, memoryObject } from "./storage.js";
import { type Fail, objectHeaders } from "./url-signer.js";

/** What the calls of a provider work on. */
export interface MemoryCallsOptions {
	readonly state: MemoryState;
	readonly capabilities: ProviderCapabilities;
	readonly fail: Fail;
}

type MemoryCalls = Omit<PresignProvider, "signUpload" | "signParts" | "signDownload">;

/** The most parts of one page. */
const pageLength = 1000;

/** The part of a provider that calls the storage, with the server's own credentials. */
export function memoryCalls({ state, capabilities, fail }: MemoryCallsOptions): MemoryCalls {
	const { objects, uploads } = state;
	const { checksums } = capabilities;

	const infoOf = (key: string, { body, etag, version, headers }: MemoryObject): ObjectInfo => ({
		key,
		size: body.length,
		etag,
		version,
		contentType: headers["content-type"],
		cacheControl: headers["cache-control"],
		contentDisposition: headers["content-disposition"],
		contentEncoding: headers["content-encoding"],
		metadata: Object.fromEntries(
			Object.entries(headers)
				.filter(([name]) => name.startsWith("x-meta-"))
				.map(([name, value]) => [name.slice("x-meta-".length), value]),
		),
		uploadId: headers["x-meta-skyput-upload"] ?? headers["x-meta-skyput_upload"],
		checksums: checksums.reported.includes("sha256")
			? [{ algorithm: "sha256", value: createHash("sha256").update(body).digest("base64") }]
			: [],
	});

	function uploadOf(ref: MultipartRef): MemoryUpload {
		const upload = uploads.get(ref.id);
		if (!upload) throw fail("upload-not-found", "The storage has no such upload.");
		return upload;
	}

	function store(key: string, object: MemoryObject, createOnly: boolean): ObjectInfo {
		if (createOnly && objects.has(key)) {
			throw fail("already-exists", "An object with this key exists.");
		}
		objects.set(key, object);
		return infoOf(key, object);
	}

	function refuseCreateOnly({ createOnly }: Pick<CompleteOptions, "createOnly">): void {
		if (!createOnly || capabilities.createOnly.multipart !== "none") return;
		throw fail("unsupported", "The storage cannot refuse to overwrite in multipart uploads.");
	}

	return {
		id: "memory",
		bucket: "memory",
		capabilities,

		async createMultipart(spec, options) {
			refuseCreateOnly(options);
			if (options.checksum && !checksums.object.includes(options.checksum)) {
				throw fail("unsupported", `The storage does not verify ${options.checksum} of an object.`);
			}
			const id = randomUUID();
			const headers = objectHeaders(spec, capabilities, fail);
			uploads.set(id, { key: spec.key, headers, parts: new Map() });
			return { key: spec.key, id };
		},

		async listParts(ref, { after = 0 }) {
			const all = [...uploadOf(ref).parts].sort(([a], [b]) => a - b).filter(([n]) => n > after);
			const parts = all.slice(0, pageLength).map(([partNumber, { body, etag }]) => ({
				partNumber,
				size: body.length,
				receipt: etag,
			}));
			const next = all.length > pageLength ? parts.at(-1)?.partNumber : undefined;
			return { parts, ...(next === undefined ? {} : { next }) };
		},

		async completeMultipart(ref, parts, options) {
			refuseCreateOnly(options);
			const upload = uploadOf(ref);
			const { spec, checksum, createOnly } = options;
			const chosen = parts.map(({ partNumber, receipt }) => {
				const part = upload.parts.get(partNumber);
				if (part && part.etag === receipt) return part.body;
				throw fail("invalid-parts", `Part ${partNumber} is not stored, or has changed.`);
			});
			const body = Buffer.concat(chosen);
			if (capabilities.enforce.totalSize === "at-complete" && body.length !== spec.size) {
				throw fail("invalid-parts", `The parts have ${body.length} bytes, not ${spec.size}.`);
			}
			const digest = Buffer.alloc(4);
			digest.writeUInt32BE(crc32(body));
			if (checksum && checksum.value !== digest.toString("base64")) {
				throw fail("checksum-mismatch", "The parts do not match the checksum.");
			}
			const info = store(ref.key, memoryObject(body, upload.headers), createOnly);
			uploads.delete(ref.id);
			return info;
		},

		async abortMultipart(ref) {
			if (capabilities.multipart && capabilities.multipart.abort === "immediate") {
				uploads.delete(ref.id);
			}
		},

		async head(key) {
			const object = objects.get(key);
			return object ? infoOf(key, object) : null;
		},

		async delete(key, { ifMatch } = {}) {
			const object = objects.get(key);
			if (ifMatch !== undefined && object && object.etag !== ifMatch) {
				throw fail("conflict", "The object has changed.");
			}
			objects.delete(key);
		},

		async copy(source, target, { createOnly, spec }) {
			if (source.size > capabilities.copy.maxSize) {
				throw fail("unsupported", `The storage cannot copy ${source.size} bytes.`);
			}
			const object = objects.get(source.key);
			if (!object) throw fail("not-found", "There is no such object.");
			const { version = object.version, etag } = source;
			if (version !== object.version || etag !== object.etag) {
				throw fail("conflict", "The object has changed.");
			}
			const headers = spec ? objectHeaders(spec, capabilities, fail) : object.headers;
			return store(target, memoryObject(object.body, headers), createOnly);
		},
	};
}

import type { ProviderCapabilities } from "../../src/capabilities.js";
import { UploadError } from "../../src/errors.js";
import type { ObjectInfo, ObjectSpec } from "../../src/object-spec.js";
import type { PresignProvider } from "../../src/provider.js";

const mib = 2 ** 20;

/** Abilities of AWS, for tests that need one of them changed. */
export const abilities: ProviderCapabilities = {
	single: { maxSize: 5 * 1024 * mib },
	multipart: {
		minPartSize: 5 * mib,
		maxPartSize: 5 * 1024 * mib,
		maxParts: 10_000,
		maxObjectSize: 50e12,
		equalParts: false,
		listParts: true,
		abort: "immediate",
		uploadLife: 2_592_000,
	},
	createOnly: { single: "enforced", multipart: "at-complete" },
	enforce: { singleSize: "exact", partSize: "exact", contentType: "signed" },
	partUrl: "part",
	metadataNames: "any",
	checksums: { single: ["crc32"], part: [], object: ["crc32"], reported: [] },
	unsignedHeaders: "refused",
	objectOptions: {
		tags: true,
		storageClass: true,
		acl: true,
		aes256: true,
		kms: true,
		bucketOwner: true,
	},
	copy: { createOnly: true, pinned: true, maxSize: 50e12 },
	conditionalDelete: true,
	signing: { maxWindow: 1000, maxExpiresIn: 604_800 },
	cors: { methods: ["PUT"], requestHeaders: ["*"], exposeHeaders: ["etag"] },
};

/** A multipart upload as the provider below keeps it: sizes by part number. */
interface Begun {
	readonly spec: ObjectSpec;
	readonly parts: Map<number, number>;
}

/** A storage whose every answer a test can decide: what is asked of a provider, without bytes. */
export interface MemoryProvider extends PresignProvider {
	readonly objects: Map<string, ObjectInfo>;
	readonly begun: Map<string, Begun>;
	readonly calls: string[];
	/** Called before each method; throw to make it fail. */
	before: (method: string) => void | Promise<void>;
	/** Called after each method did its work; throw to lose its answer. */
	after: (method: string) => void;
	/** Stores every part of an upload, as a client would. */
	storeParts(id: string, sizes: readonly number[]): void;
	/** Stores an object, as a single PUT would. */
	storeObject(
		key: string,
		size: number,
		uploadId?: string,
		metadata?: Readonly<Record<string, string>>,
	): void;
	/** What the URLs of whole files store, in order. */
	readonly signed: ObjectSpec[];
}

export function memoryProvider(capabilities: ProviderCapabilities = abilities): MemoryProvider {
	const objects = new Map<string, ObjectInfo>();
	const begun = new Map<string, Begun>();
	const calls: string[] = [];
	const signed: ObjectSpec[] = [];
	const validity = (expiresIn: number) => ({
		expiresIn,
		expiresAt: new Date(Date.now() + expiresIn * 1000).toISOString(),
	});
	const object = (
		key: string,
		size: number,
		uploadId?: string,
		metadata?: ObjectSpec["metadata"],
	): ObjectInfo => ({
		key,
		size,
		etag: `"${key}-${size}"`,
		checksums: [],
		...(uploadId === undefined ? {} : { uploadId }),
		...(metadata === undefined ? {} : { metadata }),
	});
	const uploadNotFound = (): UploadError =>
		new UploadError("upload-not-found", "There is no such upload.");
	async function step<Result>(method: string, work: () => Result): Promise<Result> {
		calls.push(method);
		await provider.before(method);
		const result = work();
		provider.after(method);
		return result;
	}
	const provider: MemoryProvider = {
		id: "memory",
		bucket: "bucket",
		capabilities,
		objects,
		begun,
		calls,
		signed,
		before: () => undefined,
		after: () => undefined,
		storeParts(id, sizes) {
			sizes.forEach((size, index) => {
				begun.get(id)?.parts.set(index + 1, size);
			});
		},
		storeObject(key, size, uploadId, metadata) {
			objects.set(key, object(key, size, uploadId, metadata));
		},
		signUpload: (spec, { expiresIn, createOnly, checksum }) =>
			step("signUpload", () => {
				signed.push(spec);
				return {
					method: "PUT",
					url: `https://storage.example/${encodeURIComponent(spec.key)}?signature=secret`,
					headers: {
						...(spec.contentType === undefined ? {} : { "content-type": spec.contentType }),
						...(createOnly ? { "if-none-match": "*", "cache-control": "no-cache" } : {}),
						...(checksum ? { [`x-checksum-${checksum.algorithm}`]: checksum.value } : {}),
					},
					receiptHeader: "etag",
					...validity(expiresIn),
				};
			}),
		createMultipart: (spec) =>
			step("createMultipart", () => {
				const id = `upload-${begun.size + 1}`;
				begun.set(id, { spec, parts: new Map() });
				return { key: spec.key, id };
			}),
		signParts: (_ref, { first, count, partSize, lastSize }, { expiresIn }) =>
			step("signParts", () => ({
				first,
				count,
				method: "PUT",
				urls: ["https://storage.example/?part={partNumber}&signature={value}"],
				// the sizes that were signed, for a test to see
				values: Array.from({ length: count }, (_, i) =>
					String(i === count - 1 ? (lastSize ?? partSize) : partSize),
				),
				headers: {},
				receiptHeader: "etag",
				...validity(expiresIn),
			})),
		listParts: (ref, { after = 0 }) =>
			step("listParts", () => {
				const upload = begun.get(ref.id);
				if (!upload) throw uploadNotFound();
				const all = [...upload.parts]
					.filter(([partNumber]) => partNumber > after)
					.map(([partNumber, size]) => ({ partNumber, size, receipt: `"${partNumber}"` }));
				const parts = all.slice(0, 1000);
				const next = parts.at(-1)?.partNumber;
				return { parts, ...(all.length > 1000 && next !== undefined ? { next } : {}) };
			}),
		completeMultipart: (ref, _parts, { spec: { size }, createOnly }) =>
			step("completeMultipart", () => {
				const upload = begun.get(ref.id);
				if (!upload) throw uploadNotFound();
				if (createOnly && objects.has(ref.key)) {
					throw new UploadError("already-exists", "The object exists already.");
				}
				begun.delete(ref.id);
				const info = object(ref.key, size, upload.spec.uploadId, upload.spec.metadata);
				objects.set(ref.key, info);
				return info;
			}),
		abortMultipart: (ref) =>
			step("abortMultipart", () => {
				begun.delete(ref.id);
			}),
		head: (key) => step("head", () => objects.get(key) ?? null),
		signDownload: (key, { expiresIn }) =>
			step("signDownload", () => ({
				method: "GET",
				url: `https://storage.example/${key}?signature=secret`,
				headers: {},
				...validity(expiresIn),
			})),
		delete: (key) =>
			step("delete", () => {
				objects.delete(key);
			}),
		copy: (source, target, { createOnly, spec }) =>
			step("copy", () => {
				const found = objects.get(source.key);
				if (!found) throw new UploadError("not-found", "There is no such object.");
				if (createOnly && objects.has(target)) {
					throw new UploadError("already-exists", "The object exists already.");
				}
				const { uploadId = found.uploadId, metadata = found.metadata } = spec ?? {};
				const copied = object(target, found.size, uploadId, metadata);
				objects.set(target, copied);
				return copied;
			}),
	};
	return provider;
}

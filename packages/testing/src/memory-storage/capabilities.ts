import type { ProviderCapabilities } from "@skyput/server/provider";

/** A storage that signs every constraint, each part by itself. */
const signature: ProviderCapabilities = {
	single: { maxSize: 1e9 },
	multipart: {
		minPartSize: 1,
		maxPartSize: 1e9,
		maxParts: 10_000,
		maxObjectSize: 1e9,
		equalParts: false,
		listParts: true,
		abort: "immediate",
		uploadLife: 2_592_000,
	},
	createOnly: { single: "enforced", multipart: "at-complete" },
	enforce: {
		singleSize: "exact",
		partSize: "exact",
		totalSize: "at-complete",
		contentType: "signed",
	},
	partUrl: "part",
	metadataNames: "any",
	checksums: {
		single: ["sha256", "md5"],
		part: ["md5"],
		object: ["crc32"],
		reported: ["sha256"],
		required: false,
	},
	copy: { createOnly: true, pinned: true, maxSize: 5e8 },
	conditionalDelete: true,
	signing: { maxWindow: 1000, maxExpiresIn: 604_800 },
	cors: { methods: ["PUT"], requestHeaders: ["*"], exposeHeaders: ["etag"] },
};

/** What the storage is known to do, by the style of its URLs. */
export const memoryCapabilities: Readonly<Record<"signature" | "token", ProviderCapabilities>> = {
	signature,
	token: {
		...signature,
		multipart: { ...signature.multipart, abort: "deferred" } as ProviderCapabilities["multipart"],
		createOnly: { single: "enforced", multipart: "none" },
		enforce: { singleSize: "none", partSize: "none", totalSize: "none", contentType: "none" },
		partUrl: "object",
		metadataNames: "identifiers",
		checksums: { single: [], part: [], object: [], reported: [], required: false },
		conditionalDelete: false,
		signing: { maxWindow: 100, maxExpiresIn: 3600 },
	},
};

import type { ProviderCapabilities } from "../../capabilities.js";

const mebibyte = 2 ** 20;

/** What Google documents; `signing` depends on the credentials. https://docs.cloud.google.com/storage/quotas */
export const gcsCapabilities: ProviderCapabilities = {
	single: { maxSize: 5 * 2 ** 40 },
	multipart: {
		minPartSize: 5 * mebibyte,
		maxPartSize: 5 * 2 ** 30,
		maxParts: 10_000,
		maxObjectSize: 5 * 2 ** 40,
		equalParts: false,
		listParts: true,
		abort: "immediate",
		uploadLife: 2_592_000,
	},
	// "Preconditions are not supported": https://docs.cloud.google.com/storage/docs/multipart-uploads
	createOnly: { single: "enforced", multipart: "none" },
	enforce: { singleSize: "exact", partSize: "none", contentType: "signed", totalSize: "none" },
	partUrl: "part",
	metadataNames: "any",
	// the MD5 of a part goes unsigned: Google demands signatures of x-goog-* headers
	checksums: {
		single: ["crc32c", "md5"],
		part: ["md5"],
		object: [],
		reported: ["crc32c"],
		required: false,
	},
	unsignedHeaders: "refused",
	objectOptions: {
		tags: false,
		storageClass: true,
		acl: true,
		aes256: true,
		kms: true,
		bucketOwner: false,
	},
	copy: { createOnly: true, pinned: true, maxSize: 5 * 2 ** 40 },
	// deletes the generation that has the etag
	conditionalDelete: true,
	signing: { maxWindow: 1_000, maxExpiresIn: 604_800 },
	cors: {
		methods: ["PUT"],
		requestHeaders: [
			"Content-Type",
			"Content-MD5",
			"Cache-Control",
			"Content-Disposition",
			"Content-Encoding",
			"x-goog-content-length-range",
			"x-goog-hash",
			"x-goog-if-generation-match",
			"x-goog-meta-skyput-upload",
			"x-goog-meta-skyput",
		],
		exposeHeaders: ["ETag"],
	},
};

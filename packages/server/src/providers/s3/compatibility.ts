import type { CapabilityCorrections, ProviderCapabilities } from "../../capabilities.js";
import { correctCapabilities } from "../corrections.js";

/** The settings in which S3 services differ. */
export interface Service {
	readonly capabilities: ProviderCapabilities;
	/** Whether the bucket is in the path. */
	readonly pathStyle: boolean;
	/** The region of every signature, for services with a fixed one. */
	readonly region?: string;
}

export const mebibyte: number = 2 ** 20;
export const gibibyte: number = 2 ** 30;
export const day: number = 86_400;

/** What the protocol itself guarantees: signed lengths and types, within the limits of AWS. */
const unknown: ProviderCapabilities = {
	single: { maxSize: 5 * gibibyte },
	multipart: {
		minPartSize: 5 * mebibyte,
		maxPartSize: 5 * gibibyte,
		maxParts: 10_000,
		maxObjectSize: 10_000 * 5 * gibibyte,
		equalParts: false,
		listParts: true,
		abort: "immediate",
		uploadLife: 30 * day,
	},
	createOnly: { single: "none", multipart: "none" },
	enforce: { singleSize: "exact", partSize: "exact", contentType: "signed", totalSize: "none" },
	partUrl: "part",
	metadataNames: "any",
	// a bucket with Object Lock requires digests; its name does not tell
	checksums: { single: [], part: [], object: [], reported: [], required: false },
	unsignedHeaders: "accepted",
	objectOptions: {
		tags: false,
		storageClass: false,
		acl: false,
		aes256: false,
		kms: false,
		bucketOwner: false,
	},
	// CopyObject takes 5 GiB; UploadPartCopy more, where its completion can refuse to overwrite
	copy: { createOnly: false, pinned: false, maxSize: 10_000 * 5 * gibibyte },
	conditionalDelete: false,
	// 604,800 s is the ceiling of X-Amz-Expires
	// 1,000 signatures are less than 100 kB
	signing: { maxWindow: 1000, maxExpiresIn: 604_800 },
	cors: {
		methods: ["PUT"],
		requestHeaders: [
			"cache-control",
			"content-disposition",
			"content-encoding",
			"content-md5",
			"content-type",
			"if-none-match",
			"x-amz-*",
		],
		exposeHeaders: ["etag"],
	},
};

/** A service that differs from the unknown one. */
export const service = (
	corrections: CapabilityCorrections,
	traits: Partial<Omit<Service, "capabilities">> = {},
): Service => ({
	// of one service at most: a cold start need not compute the others
	get capabilities() {
		return correctCapabilities(unknown, corrections);
	},
	pathStyle: false,
	...traits,
});

/** Copies above 5 GiB end like an upload in parts: where that overwrites, create-only copies end at 5 GiB. */
export function limitCopies(capabilities: ProviderCapabilities): ProviderCapabilities {
	const { copy, createOnly } = capabilities;
	if (!copy.createOnly || createOnly.multipart === "at-complete") return capabilities;
	return { ...capabilities, copy: { ...copy, maxSize: Math.min(copy.maxSize, 5 * gibibyte) } };
}

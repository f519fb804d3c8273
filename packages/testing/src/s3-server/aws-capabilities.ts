import type { ProviderCapabilities } from "@skyput/server/provider";
import { maxBody } from "./receive-body.js";

/** What AWS enforces and offers, within the limits of this server. */
export const awsCapabilities: ProviderCapabilities = {
	single: { maxSize: maxBody },
	multipart: {
		minPartSize: 5 * 1024 ** 2,
		maxPartSize: maxBody,
		maxParts: 10_000,
		maxObjectSize: 50e12,
		equalParts: false,
		listParts: true,
		abort: "immediate",
		uploadLife: 2_592_000,
	},
	createOnly: { single: "enforced", multipart: "at-complete" },
	enforce: {
		singleSize: "exact",
		partSize: "exact",
		contentType: "signed",
		totalSize: "at-complete",
	},
	checksums: {
		single: ["crc32", "crc32c", "crc64nvme", "sha256", "md5"],
		part: ["md5"],
		object: ["crc32", "crc32c", "crc64nvme"],
		reported: ["crc64nvme"],
	},
	partUrl: "part",
	metadataNames: "any",
	copy: { createOnly: true, pinned: true, maxSize: 50e12 },
	unsignedHeaders: "refused",
	objectOptions: {
		tags: true,
		storageClass: true,
		acl: true,
		aes256: true,
		kms: true,
		bucketOwner: true,
	},
	conditionalDelete: true,
	signing: { maxWindow: 1000, maxExpiresIn: 604_800 },
	cors: {
		methods: ["PUT"],
		requestHeaders: ["*"],
		exposeHeaders: ["ETag"],
	},
};

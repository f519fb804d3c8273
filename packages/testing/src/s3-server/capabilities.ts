import type { ProviderCapabilities } from "@skyput/server/provider";
import { maxBody } from "./receive-body.js";

/** Everything that AWS enforces, this storage enforces. */
export const s3ServerCapabilities: ProviderCapabilities = {
	single: { maxSize: maxBody },
	multipart: {
		minPartSize: 5 * 1024 ** 2,
		maxPartSize: maxBody,
		maxParts: 10_000,
		maxObjectSize: 50e12,
		equalParts: false,
		listParts: true,
		abort: "immediate",
	},
	createOnly: { single: "enforced", multipart: "at-complete" },
	enforce: { singleSize: "exact", partSize: "exact", contentType: "signed" },
	checksums: {
		single: ["crc32", "crc32c", "crc64nvme", "sha256", "md5"],
		part: ["crc32", "crc32c", "crc64nvme", "sha256", "md5"],
		object: ["crc32", "crc32c", "crc64nvme"],
	},
	signing: { cost: "local", maxExpiresIn: 604_800 },
	cors: {
		methods: ["PUT"],
		requestHeaders: ["*"],
		exposeHeaders: ["ETag"],
	},
};

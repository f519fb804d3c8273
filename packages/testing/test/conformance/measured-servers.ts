import type { S3ProviderOptions } from "@skyput/server/s3";

/** Software that no runner of CI can install, by name: what `probe` found on it. */
export const measuredServers: Readonly<
	Record<string, Required<Pick<S3ProviderOptions, "compatibility" | "capabilities">>>
> = {
	// 20.2.4 of Debian 14
	"Ceph 20": {
		compatibility: "ceph",
		capabilities: {
			createOnly: { multipart: "at-complete" },
			checksums: { single: ["crc32", "sha256", "md5"], object: ["crc32"] },
			unsignedHeaders: "refused",
			copy: { pinned: true },
			conditionalDelete: true,
		},
	},
	// 2.38.2 of Debian 14, with its defaults: a part that comes after the commit breaks the
	// object (BrokenMPU), and the source of a copy has another etag than the object in parts
	"OpenStack Swift": {
		compatibility: "unknown",
		capabilities: {
			createOnly: { single: "enforced", multipart: "at-complete" },
			multipart: { maxParts: 1_000, maxObjectSize: 1_000 * 5 * 2 ** 30 },
			partUrl: "object",
			checksums: { single: ["crc32", "sha256", "md5"], part: ["md5"] },
			unsignedHeaders: "refused",
			conditionalDelete: true,
		},
	},
};

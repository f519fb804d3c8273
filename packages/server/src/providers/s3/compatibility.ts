import type { CapabilityCorrections, ProviderCapabilities } from "../../capabilities.js";
import { correctCapabilities } from "../corrections.js";

/** Services whose capabilities are known. */
export type ServiceName =
	| "aws"
	| "b2"
	| "ceph"
	| "digitalocean"
	| "minio"
	| "r2"
	| "scaleway"
	| "tigris"
	| "unknown"
	| "wasabi";

/** The settings in which S3 services differ. */
export interface Service {
	readonly capabilities: ProviderCapabilities;
	/** Whether the bucket is in the path. */
	readonly pathStyle: boolean;
	/** The region of every signature, for services with a fixed one. */
	readonly region?: string;
}

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;
const day = 86_400;

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

const service = (
	corrections: CapabilityCorrections,
	traits: Partial<Omit<Service, "capabilities">> = {},
): Service => ({
	capabilities: correctCapabilities(unknown, corrections),
	pathStyle: false,
	...traits,
});

/**
 * Capabilities by service, as measured or as the vendor documents them: a create-only that the storage
 * ignores would silently overwrite. Only AWS is known to verify the digest of a whole object whose parts
 * carry none.
 */
export const services: Readonly<Record<ServiceName, Service>> = {
	aws: service({
		createOnly: { single: "enforced", multipart: "at-complete" },
		enforce: { totalSize: "at-complete" },
		checksums: {
			single: ["crc32", "crc32c", "crc64nvme", "sha256", "md5"],
			part: ["md5"],
			// FULL_OBJECT exists for the CRCs only; SHA-256 over parts is a digest of digests
			object: ["crc32", "crc32c", "crc64nvme"],
			// computed of every object that comes without a checksum (LocalStack's recorded answers)
			reported: ["crc64nvme"],
		},
		// 403 AccessDenied with HeadersNotSigned
		unsignedHeaders: "refused",
		objectOptions: {
			tags: true,
			storageClass: true,
			acl: true,
			aes256: true,
			kms: true,
			bucketOwner: true,
		},
		copy: { createOnly: true, pinned: true },
		conditionalDelete: true,
	}),
	// 501 NotImplemented on If-None-Match; parts are counted in powers of ten; it was seen to accept
	// CRC32, which does not tell whether it verifies it
	b2: service({
		single: { maxSize: 5_000_000_000 },
		multipart: { maxPartSize: 5_000_000_000, maxObjectSize: 10_000_000_000_000 },
	}),
	// Ceph 16, measured: PUT obeys If-None-Match, Complete ignores it, Content-MD5 is checked,
	// x-amz-checksum-* is not, and unsigned headers are accepted (18 too; 20 refuses them)
	ceph: service(
		{
			createOnly: { single: "enforced" },
			checksums: { single: ["md5"], part: ["md5"] },
		},
		{ pathStyle: true },
	),
	// Spaces signs with us-east-1, regardless of the region in its host name
	digitalocean: service({}, { region: "us-east-1" }),
	// by its source: both calls check If-None-Match; checksums as measured on a release of 2023. It cannot
	// commit FULL_OBJECT uploads whose parts carry no checksum (minio issue 20944, pgsty/silo issue 46)
	minio: service(
		{
			createOnly: { single: "enforced", multipart: "at-complete" },
			checksums: { single: ["crc32", "crc32c", "sha256", "md5"], part: ["md5"] },
		},
		{ pathStyle: true },
	),
	// equal parts; 4.995 GiB is 5 GiB less 5 MiB; that it commits full-object digests of parts without one
	// is documented of CRC64NVME, and not shown
	r2: service(
		{
			single: { maxSize: 5 * gibibyte - 5 * mebibyte },
			multipart: {
				equalParts: true,
				maxPartSize: 5 * gibibyte - 5 * mebibyte,
				maxObjectSize: 5_000_000_000_000,
			},
			createOnly: { single: "enforced" },
			checksums: { single: ["crc64nvme", "md5"], part: ["md5"] },
		},
		{ region: "auto" },
	),
	// documents If-None-Match, and a tenth of the usual number of parts
	scaleway: service({
		multipart: { maxParts: 1_000, maxObjectSize: 1_000 * 5 * gibibyte },
		createOnly: { single: "enforced" },
	}),
	// its global buckets are consistent later, so that create-only holds in some buckets alone
	tigris: service({}, { region: "auto" }),
	unknown: service({}),
	wasabi: service({}, { pathStyle: true }),
};

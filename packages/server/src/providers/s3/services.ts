import { day, gibibyte, mebibyte, type Service, service } from "./compatibility.js";

/** Services whose capabilities are known. */
export type ServiceName =
	| "aws"
	| "b2"
	| "ceph"
	| "digitalocean"
	| "exoscale"
	| "mega"
	| "minio"
	| "ovh"
	| "r2"
	| "rustfs"
	| "scaleway"
	| "selectel"
	| "servercore"
	| "storj"
	| "tigris"
	| "unknown"
	| "versitygw"
	| "wasabi";

/** Both ways of storing refuse to overwrite. */
const createOnly = { single: "enforced", multipart: "at-complete" } as const;

/**
 * Capabilities by service, as measured or as the vendor documents them; what neither says is none: a
 * create-only that the storage ignores would silently overwrite. `probe` corrects them for one bucket. Only AWS
 * is known to verify the digest of a whole object whose parts carry none. docs/clouds.md lists the sources.
 */
export const services: Readonly<Record<ServiceName, Service>> = {
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
	aws: service({
		createOnly,
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
	// Ceph 16, measured: PUT obeys If-None-Match, Complete and copies ignore conditions, Content-MD5 is
	// checked, x-amz-checksum-* is not, and unsigned headers are accepted (18 too; 20 refuses them: probe)
	ceph: service(
		{
			createOnly: { single: "enforced" },
			checksums: { single: ["md5"], part: ["md5"] },
		},
		{ pathStyle: true },
	),
	// Spaces signs with us-east-1, regardless of the region in its host name
	digitalocean: service({}, { region: "us-east-1" }),
	// https://changelog-ng.exoscale.com/changelog/sos-conditional-requests-and-conditional-delete/ names
	// PUT, the source of a copy and DELETE
	exoscale: service({
		createOnly: { single: "enforced" },
		copy: { pinned: true },
		conditionalDelete: true,
	}),
	// https://github.com/meganz/s4-specs: conditions of PUT, Complete and CopyObject, of its source too
	mega: service({ createOnly, copy: { createOnly: true, pinned: true, maxSize: 5 * gibibyte } }),
	// by its source: both calls check If-None-Match, and copies their source; checksums as measured on a
	// release of 2023. It cannot commit FULL_OBJECT uploads whose parts carry no checksum (minio issue 20944,
	// pgsty/silo issue 46)
	minio: service(
		{
			createOnly,
			checksums: { single: ["crc32", "crc32c", "sha256", "md5"], part: ["md5"] },
			copy: { pinned: true },
		},
		{ pathStyle: true },
	),
	// https://docs.ovhcloud.com/en/guides/storage-and-backup/object-storage/s3-conditional-writes: PUT,
	// Complete and DELETE
	ovh: service({ createOnly, conditionalDelete: true }),
	// https://developers.cloudflare.com/r2/api/s3/conditional-operations/: PUT and Complete, after which a
	// refused upload may be gone; copies have another header for the target. Unfinished uploads end after 7 days.
	// 4.995 GiB is 5 GiB less 5 MiB; CRC64NVME of parts that carry none is documented, and not shown
	r2: service(
		{
			single: { maxSize: 5 * gibibyte - 5 * mebibyte },
			multipart: {
				equalParts: true,
				maxPartSize: 5 * gibibyte - 5 * mebibyte,
				maxObjectSize: 5 * 1024 * gibibyte - 5 * gibibyte,
				uploadLife: 7 * day,
			},
			createOnly,
			checksums: { single: ["crc64nvme", "md5"], part: ["md5"] },
		},
		{ region: "auto" },
	),
	// https://github.com/rustfs/rustfs/pull/6801: PUT; Complete is not shown
	rustfs: service({ createOnly: { single: "enforced" } }, { pathStyle: true }),
	// https://www.scaleway.com/en/docs/object-storage/api-cli/using-conditional-writes/: PUT and copies; a
	// tenth of the usual number of parts
	scaleway: service({
		multipart: { maxParts: 1_000, maxObjectSize: 1_000 * 5 * gibibyte },
		createOnly: { single: "enforced" },
		copy: { createOnly: true, maxSize: 5 * gibibyte },
	}),
	// https://docs.selectel.ru/en/s3/objects/conditional-requests/
	selectel: service({ createOnly, copy: { pinned: true }, conditionalDelete: true }),
	// https://docs.servercore.com/s3/objects/conditional-requests
	servercore: service({ createOnly, copy: { pinned: true }, conditionalDelete: true }),
	// https://github.com/storj/edge/issues/564: all three check the target
	storj: service({ createOnly, copy: { createOnly: true, maxSize: 5 * gibibyte } }),
	// its global buckets are consistent later, so that create-only holds in some buckets alone
	// (https://www.tigrisdata.com/docs/objects/conditionals)
	tigris: service({}, { region: "auto" }),
	unknown: service({}),
	// https://github.com/versity/versitygw/pull/1522
	versitygw: service(
		{ createOnly, copy: { pinned: true }, conditionalDelete: true },
		{ pathStyle: true },
	),
	wasabi: service({}, { pathStyle: true }),
};

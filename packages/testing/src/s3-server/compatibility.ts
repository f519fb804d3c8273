import type { CapabilityCorrections, ProviderCapabilities } from "@skyput/server/provider";
import type { DigestName } from "./digests.js";
import { notImplemented } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";

/** Services that the server can behave as. */
export type S3Compatibility =
	| "aws"
	| "b2"
	| "ceph"
	| "minio"
	| "r2"
	| "swift"
	| "unknown"
	| "versitygw";

/** What a service does where services differ, as published or measured. */
export interface ServiceBehaviour {
	/** The digests in headers that it verifies. It ignores all others. */
	readonly digests: readonly DigestName[];
	/** Tells the checksum of an object, and computes a CRC64NVME where the client sent none. */
	readonly tellsChecksums: boolean;
	/**
	 * Of parts without a checksum, where the upload was created with a FULL_OBJECT one: it adds the
	 * checksum, refuses the part, wants it named in the completion, or refuses the completion.
	 */
	readonly bareParts: "added" | "refused" | "to-be-named" | "not-completed";
	/** If-None-Match of PutObject and of CompleteMultipartUpload. */
	readonly ifNoneMatch: {
		readonly put: "checked" | "ignored" | "refused";
		readonly complete: "checked" | "ignored";
	};
	/** Carries out `x-amz-*` headers that the URL does not sign. */
	readonly acceptsUnsignedHeaders: boolean;
	/** Refuses a completion unless all parts but the last have the same size. */
	readonly equalParts: boolean;
}

const aws: ServiceBehaviour = {
	digests: ["md5", "crc32", "crc32c", "crc64nvme", "sha1", "sha256"],
	tellsChecksums: true,
	bareParts: "added",
	ifNoneMatch: { put: "checked", complete: "checked" },
	acceptsUnsignedHeaders: false,
	equalParts: false,
};
const silent: ServiceBehaviour = { ...aws, tellsChecksums: false };

export const behaviours: Readonly<Record<S3Compatibility, ServiceBehaviour>> = {
	aws,
	// If-None-Match gets 501; that it verifies digests is not documented, so it is assumed to ignore them
	b2: { ...silent, digests: [], ifNoneMatch: { put: "refused", complete: "ignored" } },
	// measured on Ceph 16: see test/conformance/ceph-deviations.ts
	ceph: {
		...silent,
		digests: ["md5"],
		ifNoneMatch: { put: "checked", complete: "ignored" },
		acceptsUnsignedHeaders: true,
	},
	// minio issue 20944, pgsty/silo issue 46
	minio: { ...silent, bareParts: "not-completed", acceptsUnsignedHeaders: true },
	// developers.cloudflare.com/r2/objects/multipart-objects
	r2: { ...silent, equalParts: true },
	// OpenStack Swift's s3api, versitygw issue 1342
	swift: { ...silent, bareParts: "refused" },
	// the least that speaks the protocol
	unknown: {
		...silent,
		digests: [],
		ifNoneMatch: { put: "ignored", complete: "ignored" },
		acceptsUnsignedHeaders: true,
	},
	// S3Mock issue 3034, and versitygw
	versitygw: { ...aws, bareParts: "to-be-named" },
};

const none = { single: [], part: [], object: [], reported: [] } as const;

/** What an upload handler may rely on, where it is less than what AWS enforces. */
const corrections: Readonly<Record<S3Compatibility, CapabilityCorrections>> = {
	aws: {},
	b2: { checksums: none, createOnly: { single: "none", multipart: "none" } },
	ceph: {
		checksums: { ...none, single: ["md5"], part: ["md5"] },
		createOnly: { multipart: "none" },
	},
	minio: {
		checksums: { ...none, single: ["crc32", "crc32c", "sha256", "md5"], part: ["md5"] },
	},
	r2: {
		checksums: { ...none, single: ["crc64nvme", "md5"], part: ["md5"] },
		multipart: { equalParts: true },
	},
	swift: { checksums: { ...none, single: ["md5"], part: ["md5"] } },
	unknown: { checksums: none, createOnly: { single: "none", multipart: "none" } },
	versitygw: { checksums: { ...none, single: ["crc32", "md5"], part: ["md5"] } },
};

/** The capabilities of a service, from those of AWS. */
export function capabilitiesOf(
	compatibility: S3Compatibility,
	ofAws: ProviderCapabilities,
): ProviderCapabilities {
	const { multipart = {}, createOnly, checksums = {} } = corrections[compatibility];
	return {
		...ofAws,
		multipart: { ...ofAws.multipart, ...multipart } as ProviderCapabilities["multipart"],
		createOnly: { ...ofAws.createOnly, ...createOnly } as ProviderCapabilities["createOnly"],
		checksums: { ...ofAws.checksums, ...checksums } as ProviderCapabilities["checksums"],
		enforce: { ...ofAws.enforce, totalSize: compatibility === "aws" ? "at-complete" : "none" },
		unsignedHeaders: behaviours[compatibility].acceptsUnsignedHeaders ? "accepted" : "refused",
		conditionalDelete: compatibility === "aws",
	};
}

/**
 * A request without the headers that the service ignores.
 *
 * @throws S3Error `NotImplemented` for an If-None-Match that the service refuses
 */
export function withoutIgnored(request: S3Request, behaviour: ServiceBehaviour): S3Request {
	const { digests, tellsChecksums, ifNoneMatch } = behaviour;
	const condition = ifNoneMatch[request.method === "PUT" ? "put" : "complete"];
	if (condition === "refused" && request.headers.has("if-none-match")) {
		throw notImplemented("If-None-Match");
	}
	const ignored = (name: string): boolean => {
		if (name === "if-none-match") return request.method !== "GET" && condition === "ignored";
		if (name === "content-md5") return !digests.includes("md5");
		if (name === "x-amz-checksum-mode") return !tellsChecksums;
		const isChecksum =
			name.startsWith("x-amz-checksum-") || name === "x-amz-sdk-checksum-algorithm";
		return isChecksum && !digests.includes("crc32");
	};
	return {
		...request,
		headers: new Map([...request.headers].filter(([name]) => !ignored(name))),
	};
}

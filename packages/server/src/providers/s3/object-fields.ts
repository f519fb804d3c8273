import type {
	CreateMultipartUploadCommandInput,
	ObjectCannedACL,
	StorageClass,
} from "@aws-sdk/client-s3";
import type { ObjectSpec } from "../../object-spec.js";
import { metadataOf, taggingOf } from "./requests.js";

/** What an object stores beside its bytes, in the SDK's names. */
export type ObjectFields = Pick<
	CreateMultipartUploadCommandInput,
	| "ContentType"
	| "CacheControl"
	| "ContentDisposition"
	| "ContentEncoding"
	| "Metadata"
	| "Tagging"
	| "StorageClass"
	| "ACL"
	| "ServerSideEncryption"
	| "SSEKMSKeyId"
>;

/** What a spec stores beside the bytes. */
export function objectFields(spec: ObjectSpec): ObjectFields {
	const { storageClass, acl, encryption } = spec;
	const key = typeof encryption === "object" ? encryption.kmsKeyId : undefined;
	return {
		ContentType: spec.contentType,
		CacheControl: spec.cacheControl,
		ContentDisposition: spec.contentDisposition,
		ContentEncoding: spec.contentEncoding,
		Metadata: metadataOf(spec),
		Tagging: taggingOf(spec),
		// other services have classes and ACLs of their own
		StorageClass: storageClass as StorageClass | undefined,
		ACL: acl as ObjectCannedACL | undefined,
		ServerSideEncryption: encryption && (key === undefined ? "AES256" : "aws:kms"),
		SSEKMSKeyId: key,
	};
}

import * as onBucket from "./bucket-operations.js";
import { noSuchBucket } from "./buckets.js";
import { completeUpload } from "./complete-upload.js";
import { copyObject, copyPart } from "./copy-object.js";
import { deleteObject, deleteObjects } from "./delete-objects.js";
import { getObject } from "./get-object.js";
import { getObjectAttributes } from "./get-object-attributes.js";
import { listObjects } from "./list-objects.js";
import { abortUpload, createUpload, listUploads } from "./multipart-uploads.js";
import type { BucketCall, ObjectCall, S3Call, S3Reply } from "./operation.js";
import { putObject } from "./put-object.js";
import { notImplemented, S3Error } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";
import { listParts, uploadPart } from "./upload-parts.js";

type Routes<Target extends S3Call> = Readonly<Record<string, (call: Target) => Promise<S3Reply>>>;

/**
 * Operations by method and subresource, the query parameter that selects another operation, and whether
 * a header names the source of a copy.
 */
const serviceRoutes: Routes<S3Call> = { GET: onBucket.listBuckets };

const bucketRoutes: Routes<BucketCall> = {
	HEAD: onBucket.headBucket,
	DELETE: onBucket.deleteBucket,
	"GET list-type": listObjects,
	"GET location": onBucket.getLocation,
	"GET versioning": onBucket.getVersioning,
	"GET cors": onBucket.getCors,
	"PUT cors": onBucket.putCors,
	"DELETE cors": onBucket.deleteCors,
	"GET uploads": listUploads,
	"POST delete": deleteObjects,
};

const objectRoutes: Routes<ObjectCall> = {
	PUT: putObject,
	"PUT copy": copyObject,
	GET: getObject,
	HEAD: getObject,
	DELETE: deleteObject,
	"POST uploads": createUpload,
	"PUT uploadId": uploadPart,
	"PUT uploadId copy": copyPart,
	"GET uploadId": listParts,
	"POST uploadId": completeUpload,
	"DELETE uploadId": abortUpload,
	"GET attributes": getObjectAttributes,
	"GET tagging": onBucket.getTagging,
	"PUT tagging": onBucket.putTagging,
	"DELETE tagging": onBucket.deleteTagging,
};

/** All subresources of S3. One that is not implemented is refused, never taken for the plain operation. */
const subresources = (
	"list-type uploads uploadId delete cors location versioning tagging accelerate acl analytics append attributes " +
	"encryption intelligent-tiering inventory legal-hold lifecycle logging metadataTable metrics notification " +
	"object-lock ownershipControls policy policyStatus publicAccessBlock renameObject replication requestPayment " +
	"restore retention select session torrent versions website"
).split(" ");

/** The `x-amz-*` headers that the server implements. Others are refused, never ignored. */
const supportedHeaders =
	/^x-amz-(?:acl|checksum-(?:algorithm|mode|type|crc32c?|crc64nvme|sha1|sha256)|content-sha256|copy-source(?:-range|-if-(?:none-)?match|-if-(?:un)?modified-since)?|date|decoded-content-length|expected-bucket-owner|max-parts|meta-.+|metadata-directive|mp-object-size|object-attributes|part-number-marker|sdk-checksum-algorithm|security-token|server-side-encryption(?:-aws-kms-key-id)?|storage-class|tagging(?:-directive)?|trailer|user-agent)$/;

function checkHeaders({ headers }: S3Request): void {
	for (const name of headers.keys()) {
		if (name.startsWith("x-amz-") && !supportedHeaders.test(name)) throw notImplemented(name);
	}
}

/** The account that owns every bucket. */
const account = "123456789012";

function checkBucketOwner({ headers }: S3Request): void {
	const expected = headers.get("x-amz-expected-bucket-owner") ?? account;
	if (expected !== account) throw new S3Error("AccessDenied", "Access Denied");
}

async function dispatch<Target extends S3Call>(
	routes: Routes<Target>,
	call: Target,
): Promise<S3Reply> {
	const { method, query } = call.request;
	const subresource = subresources.find((name) => query.has(name));
	const copies = call.request.headers.has("x-amz-copy-source") ? "copy" : undefined;
	const run = routes[[method, subresource, copies].filter(Boolean).join(" ")];
	if (run !== undefined) return await run(call);
	// a plain GET of a bucket is ListObjects version 1, which is not implemented
	if (subresource !== undefined || method === "GET") {
		throw new S3Error("NotImplemented", "This server does not implement the operation", {
			Method: method,
			Subresource: subresource ?? "",
		});
	}
	throw new S3Error(
		"MethodNotAllowed",
		"The specified method is not allowed against this resource.",
		{ Method: method },
	);
}

/** Runs the operation of a request. */
export async function runOperation(call: S3Call): Promise<S3Reply> {
	const { request, state } = call;
	checkHeaders(request);
	if (request.bucket === undefined) return await dispatch(serviceRoutes, call);
	const { bucket: name, key } = request;
	const plain = !subresources.some((subresource) => request.query.has(subresource));
	if (request.method === "PUT" && key === undefined && plain) {
		return await onBucket.createBucket(call);
	}
	const bucket = state.buckets.get(name);
	if (bucket === undefined) throw noSuchBucket(name);
	checkBucketOwner(request);
	if (key === undefined) return await dispatch(bucketRoutes, { ...call, bucket });
	return await dispatch(objectRoutes, { ...call, bucket, key });
}

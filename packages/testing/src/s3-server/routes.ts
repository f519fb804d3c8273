import * as onBucket from "./bucket-operations.js";
import { noSuchBucket } from "./buckets.js";
import { completeUpload } from "./complete-upload.js";
import { deleteObject, deleteObjects } from "./delete-objects.js";
import { getObject } from "./get-object.js";
import { listObjects } from "./list-objects.js";
import { abortUpload, createUpload, listUploads } from "./multipart-uploads.js";
import type { BucketCall, Call, ObjectCall, Reply } from "./operation.js";
import { putObject } from "./put-object.js";
import { notImplemented, S3Error } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";
import { listParts, uploadPart } from "./upload-parts.js";

type Routes<Target extends Call> = Readonly<Record<string, (call: Target) => Promise<Reply>>>;

/** Operations by method and subresource, the query parameter that turns a request into another one. */
const serviceRoutes: Routes<Call> = { GET: onBucket.listBuckets };

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
	GET: getObject,
	HEAD: getObject,
	DELETE: deleteObject,
	"POST uploads": createUpload,
	"PUT uploadId": uploadPart,
	"GET uploadId": listParts,
	"POST uploadId": completeUpload,
	"DELETE uploadId": abortUpload,
	"GET tagging": onBucket.getTagging,
	"PUT tagging": onBucket.putTagging,
	"DELETE tagging": onBucket.deleteTagging,
};

/** Every subresource of S3: one that is not served must be refused, never taken for the plain operation. */
const subresources = (
	"list-type uploads uploadId delete cors location versioning tagging accelerate acl analytics append attributes " +
	"encryption intelligent-tiering inventory legal-hold lifecycle logging metadataTable metrics notification " +
	"object-lock ownershipControls policy policyStatus publicAccessBlock renameObject replication requestPayment " +
	"restore retention select session torrent versions website"
).split(" ");

/** Headers of S3 that mean something here. All others would be instructions that are not followed. */
const understood =
	/^x-amz-(?:acl|checksum-(?:algorithm|mode|type|crc32c?|crc64nvme|sha1|sha256)|content-sha256|date|decoded-content-length|meta-.+|mp-object-size|sdk-checksum-algorithm|security-token|storage-class|tagging|trailer|user-agent)$/;

function checkHeaders({ headers }: S3Request): void {
	for (const name of headers.keys()) {
		if (name.startsWith("x-amz-") && !understood.test(name)) throw notImplemented(name);
	}
}

async function dispatch<Target extends Call>(routes: Routes<Target>, call: Target): Promise<Reply> {
	const { method, query } = call.request;
	const subresource = subresources.find((name) => query.has(name));
	const run = routes[subresource === undefined ? method : `${method} ${subresource}`];
	if (run !== undefined) return await run(call);
	// a plain GET that is not served is the old listing of a bucket
	if (subresource !== undefined || method === "GET") {
		throw new S3Error("NotImplemented", "This storage does not implement the operation", {
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

/** Carries out a verified call. */
export async function carryOut(call: Call): Promise<Reply> {
	const { request, site } = call;
	checkHeaders(request);
	if (request.bucket === undefined) return await dispatch(serviceRoutes, call);
	const { bucket: name, key } = request;
	const plain = !subresources.some((subresource) => request.query.has(subresource));
	if (request.method === "PUT" && key === undefined && plain) {
		return await onBucket.createBucket(call);
	}
	const bucket = site.buckets.get(name);
	if (bucket === undefined) throw noSuchBucket(name);
	if (key === undefined) return await dispatch(bucketRoutes, { ...call, bucket });
	return await dispatch(objectRoutes, { ...call, bucket, key });
}

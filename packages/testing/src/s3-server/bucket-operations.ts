import { readTags } from "./attributes.js";
import { checkBucketName, newBucket } from "./buckets.js";
import { readCorsRules, writeCorsRules } from "./cors-rules.js";
import { readCheckedDocument } from "./delete-objects.js";
import { requireObject } from "./get-object.js";
import {
	type BucketCall,
	documentReply,
	type ObjectCall,
	type S3Call,
	type S3Reply,
} from "./operation.js";
import { readDocument } from "./payload-body.js";
import { S3Error } from "./s3-error.js";
import { childText, malformedXml, readXml } from "./xml-reader.js";
import { escaped, leaf, tree, xmlDocument } from "./xml-writer.js";

export async function listBuckets({ state }: S3Call): Promise<S3Reply> {
	const buckets = [...state.buckets.values()].map((bucket) =>
		tree("Bucket", [
			leaf("Name", bucket.name),
			leaf("CreationDate", bucket.created.toISOString()),
			leaf("BucketRegion", state.region),
		]),
	);
	const owner = [leaf("ID", state.accessKeyId), leaf("DisplayName", state.accessKeyId)];
	return documentReply(
		xmlDocument("ListAllMyBucketsResult", [tree("Owner", owner), tree("Buckets", buckets)]),
	);
}

/** Creating a bucket that exists succeeds in us-east-1 and is a conflict elsewhere. */
export async function createBucket(call: S3Call): Promise<S3Reply> {
	const { request, state } = call;
	const name = request.bucket ?? "";
	checkBucketName(name);
	const document = (await readDocument(request, call.payload)).toString("utf8");
	if (document !== "") {
		const root = readXml(document);
		const place = childText(root, "LocationConstraint");
		if (root.name !== "CreateBucketConfiguration") throw malformedXml();
		if (place !== undefined && place !== state.region) {
			throw new S3Error(
				"InvalidRequest",
				"The specified location-constraint is not valid for this endpoint",
			);
		}
	}
	if (!state.buckets.has(name)) state.buckets.set(name, newBucket(name, undefined));
	else if (state.region !== "us-east-1") {
		throw new S3Error(
			"BucketAlreadyOwnedByYou",
			"Your previous request to create the named bucket succeeded and you already own it.",
			{ BucketName: name },
		);
	}
	return { status: 200, headers: { location: `/${name}` } };
}

export async function headBucket({ state }: BucketCall): Promise<S3Reply> {
	return { status: 200, headers: { "x-amz-bucket-region": state.region } };
}

export async function deleteBucket({ bucket, state }: BucketCall): Promise<S3Reply> {
	if (bucket.objects.size > 0 || bucket.uploads.size > 0) {
		throw new S3Error("BucketNotEmpty", "The bucket you tried to delete is not empty", {
			BucketName: bucket.name,
		});
	}
	state.buckets.delete(bucket.name);
	return { status: 204 };
}

export async function getLocation({ state }: BucketCall): Promise<S3Reply> {
	// us-east-1 is an empty LocationConstraint
	const text = state.region === "us-east-1" ? "" : state.region;
	return documentReply(xmlDocument("LocationConstraint", [escaped(text)]));
}

export async function getVersioning(): Promise<S3Reply> {
	return documentReply(xmlDocument("VersioningConfiguration", []));
}

export async function getCors({ bucket }: BucketCall): Promise<S3Reply> {
	if (bucket.cors === undefined) {
		throw new S3Error("NoSuchCORSConfiguration", "The CORS configuration does not exist", {
			BucketName: bucket.name,
		});
	}
	return documentReply(xmlDocument("CORSConfiguration", writeCorsRules(bucket.cors)));
}

export async function putCors(call: BucketCall): Promise<S3Reply> {
	call.bucket.cors = readCorsRules(await readCheckedDocument(call));
	return { status: 200 };
}

export async function deleteCors({ bucket }: BucketCall): Promise<S3Reply> {
	bucket.cors = undefined;
	return { status: 204 };
}

export async function getTagging(call: ObjectCall): Promise<S3Reply> {
	const tags = requireObject(call).tags.map(([key, value]) =>
		tree("Tag", [leaf("Key", key), leaf("Value", value)]),
	);
	return documentReply(xmlDocument("Tagging", [tree("TagSet", tags)]));
}

export async function putTagging(call: ObjectCall): Promise<S3Reply> {
	const tags = readTags(await readCheckedDocument(call));
	call.bucket.objects.set(call.key, { ...requireObject(call), tags });
	return { status: 200 };
}

export async function deleteTagging(call: ObjectCall): Promise<S3Reply> {
	call.bucket.objects.set(call.key, { ...requireObject(call), tags: [] });
	return { status: 204 };
}

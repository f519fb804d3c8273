import { readTags } from "./attributes.js";
import { checkBucketName, newBucket } from "./buckets.js";
import { readCorsRules, writeCorsRules } from "./cors-rules.js";
import { readCheckedDocument } from "./delete-objects.js";
import { requireObject } from "./get-object.js";
import {
	type BucketCall,
	type Call,
	documentReply,
	type ObjectCall,
	type Reply,
} from "./operation.js";
import { readDocument } from "./payload-body.js";
import { S3Error } from "./s3-error.js";
import { childText, malformedXml, readXml } from "./xml-reader.js";
import { escaped, leaf, tree, xmlDocument } from "./xml-writer.js";

export async function listBuckets({ site }: Call): Promise<Reply> {
	const buckets = [...site.buckets.values()].map((bucket) =>
		tree("Bucket", [
			leaf("Name", bucket.name),
			leaf("CreationDate", bucket.created.toISOString()),
			leaf("BucketRegion", site.region),
		]),
	);
	const owner = [leaf("ID", site.accessKeyId), leaf("DisplayName", site.accessKeyId)];
	return documentReply(
		xmlDocument("ListAllMyBucketsResult", [tree("Owner", owner), tree("Buckets", buckets)]),
	);
}

/** In us-east-1 making a bucket that one owns already succeeds, elsewhere it is a conflict. */
export async function createBucket(call: Call): Promise<Reply> {
	const { request, site } = call;
	const name = request.bucket ?? "";
	checkBucketName(name);
	const document = (await readDocument(request, call.payload)).toString("utf8");
	if (document !== "") {
		const root = readXml(document);
		const place = childText(root, "LocationConstraint");
		if (root.name !== "CreateBucketConfiguration") throw malformedXml();
		if (place !== undefined && place !== site.region) {
			throw new S3Error(
				"InvalidRequest",
				"The specified location-constraint is not valid for this endpoint",
			);
		}
	}
	if (!site.buckets.has(name)) site.buckets.set(name, newBucket(name, undefined));
	else if (site.region !== "us-east-1") {
		throw new S3Error(
			"BucketAlreadyOwnedByYou",
			"Your previous request to create the named bucket succeeded and you already own it.",
			{ BucketName: name },
		);
	}
	return { status: 200, headers: { location: `/${name}` } };
}

export async function headBucket({ site }: BucketCall): Promise<Reply> {
	return { status: 200, headers: { "x-amz-bucket-region": site.region } };
}

export async function deleteBucket({ bucket, site }: BucketCall): Promise<Reply> {
	if (bucket.objects.size > 0 || bucket.uploads.size > 0) {
		throw new S3Error("BucketNotEmpty", "The bucket you tried to delete is not empty", {
			BucketName: bucket.name,
		});
	}
	site.buckets.delete(bucket.name);
	return { status: 204 };
}

export async function getLocation({ site }: BucketCall): Promise<Reply> {
	// the region where everything began has no name here
	const text = site.region === "us-east-1" ? "" : site.region;
	return documentReply(xmlDocument("LocationConstraint", [escaped(text)]));
}

export async function getVersioning(): Promise<Reply> {
	return documentReply(xmlDocument("VersioningConfiguration", []));
}

export async function getCors({ bucket }: BucketCall): Promise<Reply> {
	if (bucket.cors === undefined) {
		throw new S3Error("NoSuchCORSConfiguration", "The CORS configuration does not exist", {
			BucketName: bucket.name,
		});
	}
	return documentReply(xmlDocument("CORSConfiguration", writeCorsRules(bucket.cors)));
}

export async function putCors(call: BucketCall): Promise<Reply> {
	call.bucket.cors = readCorsRules(await readCheckedDocument(call));
	return { status: 200 };
}

export async function deleteCors({ bucket }: BucketCall): Promise<Reply> {
	bucket.cors = undefined;
	return { status: 204 };
}

export async function getTagging(call: ObjectCall): Promise<Reply> {
	const tags = requireObject(call).tags.map(([key, value]) =>
		tree("Tag", [leaf("Key", key), leaf("Value", value)]),
	);
	return documentReply(xmlDocument("Tagging", [tree("TagSet", tags)]));
}

export async function putTagging(call: ObjectCall): Promise<Reply> {
	const tags = readTags(await readCheckedDocument(call));
	call.bucket.objects.set(call.key, { ...requireObject(call), tags });
	return { status: 200 };
}

export async function deleteTagging(call: ObjectCall): Promise<Reply> {
	call.bucket.objects.set(call.key, { ...requireObject(call), tags: [] });
	return { status: 204 };
}

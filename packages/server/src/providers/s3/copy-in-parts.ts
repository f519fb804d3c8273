import type { CompletedPart, HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { sizeOfPart } from "#protocol";
import { UploadError } from "../../errors.js";
import { answeredByOther } from "../foreign-answers.js";
import { checksumsOf } from "./checksums.js";
import type { Copy, CopyReply } from "./copy-object.js";
import { isPreconditionFailed } from "./errors.js";
import type { ObjectFields } from "./object-fields.js";

/** Bytes of a part, while 10,000 of them are enough. */
const usualPart = 512 * 2 ** 20;

/** Parts of one object that are copied at once. */
const concurrency = 8;

/** UploadPartCopy copies bytes alone: the rest is read from the source. */
async function fieldsOf(
	{ connected: { sdk, client }, limits, request }: Copy,
	Key: string,
	found: HeadObjectCommandOutput,
): Promise<ObjectFields> {
	const { ContentType, CacheControl, ContentDisposition, ContentEncoding, Metadata } = found;
	const fields = { ContentType, CacheControl, ContentDisposition, ContentEncoding, Metadata };
	if (!found.TagCount) return fields;
	const source = { Bucket: request.Bucket, Key, VersionId: found.VersionId };
	const command = new sdk.GetObjectTaggingCommand(source);
	const { TagSet = [] } = await client.send(command, limits);
	const tags = TagSet.map(({ Key = "", Value = "" }): [string, string] => [Key, Value]);
	return { ...fields, Tagging: new URLSearchParams(tags).toString() };
}

/** Copies all parts, several at once. */
async function copyParts(copy: Copy, UploadId: string | undefined): Promise<CompletedPart[]> {
	const { connected, limits, request, size } = copy;
	const { sdk, client } = connected;
	const partSize = Math.max(usualPart, Math.ceil(size / 10_000));
	const parts: CompletedPart[] = Array.from({ length: Math.ceil(size / partSize) }, (_, index) => ({
		PartNumber: index + 1,
	}));
	const waiting = [...parts];
	const work = async (): Promise<void> => {
		for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
			const { PartNumber = 1 } = part;
			const start = (PartNumber - 1) * partSize;
			const CopySourceRange = `bytes=${start}-${start + sizeOfPart(PartNumber, size, partSize) - 1}`;
			const command = new sdk.UploadPartCopyCommand({
				...request,
				UploadId,
				PartNumber,
				CopySourceRange,
			});
			const { CopyPartResult: { ETag } = {} } = await client.send(command, limits);
			part.ETag = ETag;
		}
	};
	const workers = Array.from({ length: concurrency }, work);
	try {
		await Promise.all(workers);
	} catch (error) {
		waiting.length = 0;
		// a part that ends after the abort would stay
		await Promise.allSettled(workers);
		throw error;
	}
	return parts;
}

/**
 * UploadPartCopy, for sources above 5 GiB.
 *
 * @param source - Its key, and what the storage says of it where the copy keeps its attributes.
 */
export async function copyInParts(
	copy: Copy,
	source: { readonly key: string; readonly found: HeadObjectCommandOutput | undefined },
): Promise<CopyReply> {
	const { connected, limits, request, createOnly } = copy;
	const { sdk, client } = connected;
	const { Bucket, Key, ExpectedBucketOwner } = request;
	const target = { Bucket, Key, ExpectedBucketOwner };
	const fields = copy.fields ?? (source.found && (await fieldsOf(copy, source.key, source.found)));
	const create = new sdk.CreateMultipartUploadCommand({ ...target, ...fields });
	const { UploadId } = await client.send(create, limits);
	const upload = { ...target, UploadId };
	try {
		const Parts = await copyParts(copy, UploadId);
		const command = new sdk.CompleteMultipartUploadCommand({
			...upload,
			MultipartUpload: { Parts },
			...(createOnly ? { IfNoneMatch: "*" } : {}),
		});
		const reply = await client.send(command, limits).catch((error: unknown) => {
			if (!isPreconditionFailed(error)) throw error;
			throw new UploadError("already-exists", "An object with this key exists.", { cause: error });
		});
		if (!reply.Key && !reply.ETag) throw answeredByOther("copy");
		return {
			...(reply.ETag ? { etag: reply.ETag } : {}),
			...(reply.VersionId ? { version: reply.VersionId } : {}),
			checksums: checksumsOf(reply),
		};
	} catch (error) {
		// without the limits: the time of the copy may be what has ended
		await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined);
		throw error;
	}
}

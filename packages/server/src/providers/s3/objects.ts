import type { HeadBucketCommand } from "@aws-sdk/client-s3";
import { UploadError } from "../../errors.js";
import type { ObjectInfo } from "../../object-spec.js";
import type { PresignProvider } from "../../provider.js";
import type { CallLimits, RunCall } from "./calls.js";
import { checksumsOf } from "./checksums.js";
import type { Connection } from "./client.js";
import { isMissing } from "./errors.js";
import { uploadIdMetadataKey } from "./requests.js";
import type { S3Settings } from "./settings.js";

/** The control calls on whole objects. */
export type ObjectCalls = Pick<PresignProvider, "head" | "delete">;

/** Makes the object calls of S3. */
export function objectCalls(settings: S3Settings, run: RunCall): ObjectCalls {
	const { checksums, conditionalDelete } = settings.service.capabilities;
	const Bucket = settings.bucket;
	let bucketSeen: Promise<Error | undefined> | undefined;

	return {
		async head(key: string): Promise<ObjectInfo | null> {
			return run("check the object", (connected, limits) => headObject(connected, limits, key));
		},

		async delete(key, options = {}): Promise<void> {
			const { version, ifMatch } = options;
			await run("delete the object", async (connected, limits) => {
				const { sdk, client } = connected;
				if (ifMatch !== undefined && !conditionalDelete) {
					const found = await headObject(connected, limits, key, version);
					if (found === null) return;
					if (found.etag !== ifMatch) throw new UploadError("conflict", "The object has changed.");
				}
				try {
					await client.send(
						new sdk.DeleteObjectCommand({
							Bucket,
							Key: key,
							VersionId: version,
							IfMatch: conditionalDelete ? ifMatch : undefined,
						}),
						limits,
					);
				} catch (error) {
					if (!isMissing(error)) throw error;
				}
			});
		},
	};

	async function headObject(
		{ sdk, client }: Connection,
		limits: CallLimits,
		key: string,
		version?: string,
	): Promise<ObjectInfo | null> {
		const { single, object, reported } = checksums;
		const hasChecksums = [...single, ...object, ...reported].some(
			(algorithm) => algorithm !== "md5",
		);
		try {
			const found = await client.send(
				new sdk.HeadObjectCommand({
					Bucket,
					Key: key,
					VersionId: version,
					ChecksumMode: hasChecksums ? "ENABLED" : undefined,
				}),
				limits,
			);
			if (!found.ETag && !found.LastModified) {
				// every storage sends both; a web page at 200 would pass for an object
				const { $metadata } = found;
				throw Object.assign(new Error("HEAD: no ETag, no Last-Modified"), { $metadata });
			}
			const uploadId = found.Metadata?.[uploadIdMetadataKey];
			return {
				key,
				size: found.ContentLength ?? 0,
				contentEncoding: found.ContentEncoding,
				cacheControl: found.CacheControl,
				contentDisposition: found.ContentDisposition,
				metadata: found.Metadata,
				...(found.ETag ? { etag: found.ETag } : {}),
				...(found.VersionId ? { version: found.VersionId } : {}),
				...(found.ContentType ? { contentType: found.ContentType } : {}),
				...(uploadId ? { uploadId } : {}),
				checksums: checksumsOf(found),
			};
		} catch (error) {
			if (!isMissing(error)) throw error;
			await requireBucket(client, new sdk.HeadBucketCommand({ Bucket }), limits);
			return null;
		}
	}

	/** A HEAD has no body: a missing bucket looks like a missing key. Looks once. */
	async function requireBucket(
		client: Connection["client"],
		look: HeadBucketCommand,
		limits: CallLimits,
	): Promise<void> {
		bucketSeen ??= client.send(look, limits).then(
			() => undefined,
			// whatever else it is, there is a bucket
			(error) => (isMissing(error) ? Object.assign(error, { name: "NoSuchBucket" }) : undefined),
		);
		const missing = await bucketSeen;
		if (missing === undefined) return;
		bucketSeen = undefined;
		throw missing;
	}
}

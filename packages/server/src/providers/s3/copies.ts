import type { HeadObjectCommandOutput } from "@aws-sdk/client-s3";
import { UploadError } from "../../errors.js";
import type { CopyOptions, ObjectInfo } from "../../object-spec.js";
import type { PresignProvider } from "../../provider.js";
import { encode, encodePath } from "../sigv4.js";
import { isArn } from "./bucket-name.js";
import type { CallLimits, RunCall } from "./calls.js";
import type { Connection } from "./client.js";
import { copyInParts } from "./copy-in-parts.js";
import { type Copy, copyAtOnce } from "./copy-object.js";
import { objectFields } from "./object-fields.js";
import { uploadIdMetadataKey } from "./requests.js";
import type { S3Settings } from "./settings.js";

/** Bytes up to which CopyObject copies. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
const maxCopy = 5 * 2 ** 30;

/** Makes the copies of S3. */
export function copyCalls(settings: S3Settings, run: RunCall): Pick<PresignProvider, "copy"> {
	const { copy: can } = settings.service.capabilities;
	const Bucket = settings.bucket;

	return {
		async copy(source, target, options): Promise<ObjectInfo> {
			check(source, options);
			return run("copy the object", async (connected, limits) => {
				const isLarge = source.size > maxCopy;
				const isPinned = (source.version ?? (can.pinned ? source.etag : undefined)) !== undefined;
				const found =
					isPinned && !(isLarge && options.spec === undefined)
						? undefined
						: await look(connected, limits, source);
				const copy: Copy = {
					connected,
					limits,
					request: {
						Bucket,
						Key: target,
						CopySource: sourceOf(Bucket, source),
						CopySourceIfMatch: can.pinned ? (source.etag ?? found?.ETag) : undefined,
						ExpectedBucketOwner: settings.options.expectedBucketOwner,
					},
					size: source.size,
					createOnly: options.createOnly,
					fields: options.spec && objectFields(options.spec),
				};
				const reply = isLarge
					? await copyInParts(copy, { key: source.key, found })
					: await copyAtOnce(copy);
				const uploadId = options.spec
					? options.spec.uploadId
					: (source.uploadId ?? found?.Metadata?.[uploadIdMetadataKey]);
				return { key: target, size: source.size, ...reply, ...(uploadId ? { uploadId } : {}) };
			});
		},
	};

	function check({ size }: ObjectInfo, { createOnly }: CopyOptions): void {
		if (createOnly && !can.createOnly) {
			throw new UploadError("unsupported", "The storage cannot refuse to overwrite in a copy.");
		}
		if (size <= can.maxSize) return;
		const message = `The storage copies at most ${can.maxSize} bytes; the object has ${size}.`;
		throw new UploadError("unsupported", message);
	}

	/** Compares the source with what it was, where the storage cannot. */
	async function look(
		{ sdk, client }: Connection,
		limits: CallLimits,
		{ key, version, etag, uploadId }: ObjectInfo,
	): Promise<HeadObjectCommandOutput> {
		const command = new sdk.HeadObjectCommand({ Bucket, Key: key, VersionId: version });
		const found = await client.send(command, limits);
		const isOther = (a: string | undefined, b: string | undefined) => a && b && a !== b;
		if (isOther(etag, found.ETag) || isOther(uploadId, found.Metadata?.[uploadIdMetadataKey])) {
			throw new UploadError("conflict", "The object to copy has changed.");
		}
		return found;
	}
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html#AmazonS3-CopyObject-request-header-CopySource */
function sourceOf(bucket: string, { key, version }: ObjectInfo): string {
	const object = `${bucket}/${isArn(bucket) ? "object/" : ""}`;
	const query = version === undefined ? "" : `?versionId=${encode(version)}`;
	return `${object}${encodePath(key)}${query}`;
}

import type { ChecksumAlgorithm, ProblemValues, StoredPart } from "#protocol";
import { UploadError } from "../../errors.js";
import type {
	CommitPart,
	CompleteOptions,
	CreateMultipartOptions,
	MultipartRef,
	PartPage,
} from "../../multipart-upload.js";
import type { ObjectInfo, ObjectSpec } from "../../object-spec.js";
import type { PresignProvider } from "../../provider.js";
import { answeredByOther } from "../foreign-answers.js";
import { type RunCall, requireMembers } from "./calls.js";
import {
	checksumsOf,
	objectChecksum,
	partDigest,
	type StoredChecksums,
	storedChecksum,
} from "./checksums.js";
import { isInternalError, isMissing } from "./errors.js";
import { objectFields } from "./object-fields.js";
import type { S3Settings } from "./settings.js";

/** The control calls on multipart uploads. */
export type MultipartCalls = Pick<
	PresignProvider,
	"createMultipart" | "listParts" | "completeMultipart" | "abortMultipart"
>;

/** Makes the multipart calls of S3. */
export function multipartCalls(settings: S3Settings, run: RunCall): MultipartCalls {
	const { capabilities } = settings.service;
	const Bucket = settings.bucket;
	const ExpectedBucketOwner = settings.options.expectedBucketOwner;

	return {
		async createMultipart(
			spec: ObjectSpec,
			options: CreateMultipartOptions,
		): Promise<MultipartRef> {
			if (capabilities.multipart === false) throw unsupported("has no multipart uploads");
			const algorithm = options.checksum;
			if (algorithm) requireChecksum(capabilities.checksums.object, algorithm);
			const { UploadId } = await run("begin the upload", ({ sdk, client }, limits) =>
				client.send(
					new sdk.CreateMultipartUploadCommand({
						Bucket,
						ExpectedBucketOwner,
						Key: spec.key,
						...objectFields(spec),
						...(algorithm ? objectChecksum(algorithm).create : {}),
					}),
					limits,
				),
			);
			if (!UploadId)
				throw new UploadError("storage-error", "The storage began an upload without an id.");
			return { key: spec.key, id: UploadId };
		},

		async listParts(
			ref: MultipartRef,
			{ after = 0 }: { readonly after?: number },
		): Promise<PartPage> {
			const page = await run("list the parts", async ({ sdk, client }, limits) => {
				const command = new sdk.ListPartsCommand({
					Bucket,
					Key: ref.key,
					UploadId: ref.id,
					...(after > 0 ? { PartNumberMarker: String(after) } : {}),
				});
				return requireMembers(await client.send(command, limits), "list the parts");
			});
			const parts = (page.Parts ?? []).map(storedPart);
			if (!page.IsTruncated) return { parts };
			// computed from the parts: AWS sets NextPartNumberMarker to 0 on the last page. A page that does not
			// advance would loop forever
			const next = parts.at(-1)?.partNumber ?? 0;
			if (next <= after) {
				throw new UploadError("storage-error", "The storage's list of parts does not advance.");
			}
			return { parts, next };
		},

		async completeMultipart(
			ref: MultipartRef,
			parts: readonly CommitPart[],
			options: CompleteOptions,
		): Promise<ObjectInfo> {
			const { checksum, createOnly } = options;
			const { size } = options.spec;
			if (createOnly && capabilities.createOnly.multipart === "none") {
				throw unsupported("cannot refuse to overwrite in multipart uploads");
			}
			if (checksum) requireChecksum(capabilities.checksums.object, checksum.algorithm);
			const upload = { Bucket, ExpectedBucketOwner, Key: ref.key, UploadId: ref.id };
			const Parts = parts
				.map(({ partNumber, receipt, checksum }) => ({
					PartNumber: partNumber,
					ETag: receipt,
					...partDigest(checksum),
				}))
				.sort((a, b) => a.PartNumber - b.PartNumber);
			const answer = await run("complete the upload", async ({ sdk, client }, limits) => {
				try {
					const command = new sdk.CompleteMultipartUploadCommand({
						...upload,
						MultipartUpload: { Parts },
						...(createOnly ? { IfNoneMatch: "*" } : {}),
						...(capabilities.enforce.totalSize === "at-complete" ? { MpuObjectSize: size } : {}),
						...(checksum ? objectChecksum(checksum.algorithm).complete(checksum.value) : {}),
					});
					return await client.send(command, limits);
				} catch (error) {
					// Ceph 16 responds so for a missing upload; ListParts shows whether it exists
					if (isInternalError(error)) {
						const command = new sdk.ListPartsCommand({ ...upload, MaxParts: 1 });
						await client.send(command, limits).catch((listing: unknown) => {
							if (isMissing(listing)) throw listing;
						});
					}
					throw error;
				}
			});
			if (!answer.Key && !answer.ETag) throw answeredByOther("completion");
			return {
				key: ref.key,
				size,
				// Ceph 16 sends an empty ETag
				...(answer.ETag ? { etag: answer.ETag } : {}),
				...(answer.VersionId ? { version: answer.VersionId } : {}),
				checksums: checksumsOf(answer),
			};
		},

		async abortMultipart(ref: MultipartRef): Promise<void> {
			await run("abort the upload", async ({ sdk, client }, limits) => {
				try {
					const input = { Bucket, Key: ref.key, UploadId: ref.id };
					await client.send(new sdk.AbortMultipartUploadCommand(input), limits);
				} catch (error) {
					if (!isMissing(error)) throw error;
				}
			});
		},
	};
}

function storedPart(
	part: StoredChecksums & {
		readonly PartNumber?: number | undefined;
		readonly Size?: number | undefined;
		readonly ETag?: string | undefined;
	},
): StoredPart {
	const checksum = storedChecksum(part);
	return {
		partNumber: part.PartNumber ?? 0,
		size: part.Size ?? 0,
		...(part.ETag ? { receipt: part.ETag } : {}),
		...(checksum ? { checksum } : {}),
	};
}

function requireChecksum(
	supported: readonly ChecksumAlgorithm[],
	algorithm: ChecksumAlgorithm,
): void {
	if (!supported.includes(algorithm))
		throw unsupported(`does not verify ${algorithm} of a whole object`, { algorithm });
}

function unsupported(what: string, values?: ProblemValues): UploadError {
	return new UploadError("unsupported", `The storage ${what}.`, { values });
}

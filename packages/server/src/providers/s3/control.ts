import type { ChecksumAlgorithm, StoredPart } from "#protocol";
import { UploadError } from "../../errors.js";
import type {
	CompleteOptions,
	MultipartRef,
	ObjectInfo,
	ObjectSpec,
	PartPage,
	PresignProvider,
} from "../../provider.js";
import { checksumsOf, objectChecksum, type StoredChecksums, storedChecksum } from "./checksums.js";
import { type Connection, lazyConnection, type Timings } from "./client.js";
import { type Call, isMissing, uploadError } from "./errors.js";
import { metadataOf, stampName } from "./requests.js";
import type { Settings } from "./settings.js";

/** The calls that the server makes with its own credentials. */
export type ControlCalls = Pick<
	PresignProvider,
	"createMultipart" | "listParts" | "completeMultipart" | "abortMultipart" | "head" | "delete"
>;

/** The control calls of S3, by the SDK. */
export function controlCalls(settings: Settings, timings: Timings): ControlCalls {
	const { capabilities, conditionalDelete } = settings.service;
	const connection = lazyConnection(settings, timings);
	const Bucket = settings.bucket;

	/** Runs one call; what it throws leaves as an UploadError. */
	const run = async <Result>(
		call: Call,
		act: (connection: Connection, limits: { readonly abortSignal: AbortSignal }) => Promise<Result>,
	): Promise<Result> => {
		try {
			return await act(await connection(), { abortSignal: AbortSignal.timeout(timings.total) });
		} catch (error) {
			throw uploadError(error, call);
		}
	};

	return {
		async createMultipart(
			spec: ObjectSpec,
			options: { readonly checksum?: ChecksumAlgorithm },
		): Promise<MultipartRef> {
			if (capabilities.multipart === false) throw unsupported("takes no uploads in parts");
			const algorithm = options.checksum;
			if (algorithm) mustCheck(capabilities.checksums.object, algorithm);
			const { UploadId } = await run("begin the upload", ({ sdk, client }, limits) =>
				client.send(
					new sdk.CreateMultipartUploadCommand({
						Bucket,
						Key: spec.key,
						ContentType: spec.contentType,
						CacheControl: spec.cacheControl,
						ContentDisposition: spec.contentDisposition,
						Metadata: metadataOf(spec),
						...(algorithm ? objectChecksum(algorithm).begin : {}),
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
			const page = await run("list the parts", ({ sdk, client }, limits) =>
				client.send(
					new sdk.ListPartsCommand({
						Bucket,
						Key: ref.key,
						UploadId: ref.id,
						...(after > 0 ? { PartNumberMarker: String(after) } : {}),
					}),
					limits,
				),
			);
			const parts = (page.Parts ?? []).map(storedPart);
			if (!page.IsTruncated) return { parts };
			// From the parts, not from NextPartNumberMarker, which AWS sets to 0 on the last page. A page
			// that does not move on would be asked for without end.
			const next = parts.at(-1)?.partNumber ?? 0;
			if (next <= after) {
				throw new UploadError("storage-error", "The storage's list of parts does not move on.");
			}
			return { parts, next };
		},

		async completeMultipart(
			ref: MultipartRef,
			parts: readonly { readonly partNumber: number; readonly receipt: string }[],
			options: CompleteOptions,
		): Promise<ObjectInfo> {
			const { checksum, createOnly, size } = options;
			if (createOnly && capabilities.createOnly.multipart === "none") {
				throw unsupported("cannot refuse to overwrite when parts are put together");
			}
			if (checksum) mustCheck(capabilities.checksums.object, checksum.algorithm);
			const answer = await run("complete the upload", ({ sdk, client }, limits) =>
				client.send(
					new sdk.CompleteMultipartUploadCommand({
						Bucket,
						Key: ref.key,
						UploadId: ref.id,
						MultipartUpload: {
							Parts: parts
								.map(({ partNumber, receipt }) => ({ PartNumber: partNumber, ETag: receipt }))
								.sort((a, b) => a.PartNumber - b.PartNumber),
						},
						...(createOnly ? { IfNoneMatch: "*" } : {}),
						// x-amz-mp-object-size came with the whole-object digests: who has one checks the other
						...(capabilities.checksums.object.length > 0 ? { MpuObjectSize: size } : {}),
						...(checksum ? objectChecksum(checksum.algorithm).end(checksum.value) : {}),
					}),
					{ ...limits, requestTimeout: timings.completion },
				),
			);
			return {
				key: ref.key,
				size,
				// Ceph 16 sends an empty one
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

		async head(key: string): Promise<ObjectInfo | null> {
			return run("look at the object", (connected, limits) => look(connected, limits, key));
		},

		async delete(key, options = {}): Promise<void> {
			const { version, ifMatch } = options;
			await run("delete the object", async (connected, limits) => {
				const { sdk, client } = connected;
				if (ifMatch !== undefined && !conditionalDelete) {
					const found = await look(connected, limits, key, version);
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

	async function look(
		{ sdk, client }: Connection,
		limits: { readonly abortSignal: AbortSignal },
		key: string,
		version?: string,
	): Promise<ObjectInfo | null> {
		const { single, object } = capabilities.checksums;
		const hasChecksums = [...single, ...object].some((algorithm) => algorithm !== "md5");
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
			const stamp = found.Metadata?.[stampName];
			return {
				key,
				size: found.ContentLength ?? 0,
				...(found.ETag ? { etag: found.ETag } : {}),
				...(found.VersionId ? { version: found.VersionId } : {}),
				...(found.ContentType ? { contentType: found.ContentType } : {}),
				...(stamp ? { uploadId: stamp } : {}),
				checksums: checksumsOf(found),
			};
		} catch (error) {
			if (isMissing(error)) return null;
			throw error;
		}
	}
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

function mustCheck(able: readonly ChecksumAlgorithm[], algorithm: ChecksumAlgorithm): void {
	if (!able.includes(algorithm))
		throw unsupported(`does not check ${algorithm} over a whole object`);
}

function unsupported(what: string): UploadError {
	return new UploadError("unsupported", `The storage ${what}.`);
}

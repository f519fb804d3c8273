import type { ListMultipartUploadsCommandInput } from "@aws-sdk/client-s3";
import { hasCode } from "../../errors.js";
import type { ObjectTags, StorageMaintenance } from "../../maintenance.js";
import { nextMarker, readPages } from "../read-pages.js";
import { callRunner, requireMembers } from "./calls.js";
import type { S3Settings } from "./settings.js";

type UploadMarkers = Pick<ListMultipartUploadsCommandInput, "KeyMarker" | "UploadIdMarker">;

/** Makes the calls on many objects, and on tags. */
export function maintenanceCalls(
	settings: S3Settings,
): StorageMaintenance & { readonly tags: ObjectTags } {
	const run = callRunner(settings);
	const Bucket = settings.bucket;
	const ExpectedBucketOwner = settings.options.expectedBucketOwner;
	const common = { Bucket, ExpectedBucketOwner };
	return {
		listObjects: (Prefix) =>
			readPages(async (ContinuationToken: string | undefined) => {
				const input = { ...common, Prefix, ContinuationToken };
				const page = await run("list the objects", async ({ sdk, client }, limits) => {
					const command = new sdk.ListObjectsV2Command(input);
					return requireMembers(await client.send(command, limits), "list the objects");
				});
				const entries = (page.Contents ?? []).map(({ Key = "", Size = 0, LastModified }) => ({
					key: Key,
					size: Size,
					modified: LastModified?.getTime() ?? Date.now(),
				}));
				const { IsTruncated = false, NextContinuationToken } = page;
				return { entries, next: nextMarker(IsTruncated, NextContinuationToken) };
			}),

		listUploads: (Prefix) =>
			readPages(async (after: UploadMarkers | undefined) => {
				const input = { ...common, Prefix, ...after };
				const page = await run("list the uploads", async ({ sdk, client }, limits) => {
					const command = new sdk.ListMultipartUploadsCommand(input);
					return requireMembers(await client.send(command, limits), "list the uploads");
				});
				const entries = (page.Uploads ?? []).map(({ Key = "", UploadId = "", Initiated }) => ({
					key: Key,
					id: UploadId,
					begun: Initiated?.getTime() ?? Date.now(),
				}));
				const { IsTruncated = false, NextUploadIdMarker: UploadIdMarker } = page;
				const KeyMarker = nextMarker(IsTruncated, IsTruncated ? page.NextKeyMarker : "");
				return {
					entries,
					next: KeyMarker === undefined ? undefined : { KeyMarker, UploadIdMarker },
				};
			}),

		async abortUpload({ key: Key, id: UploadId }) {
			try {
				await run("abort the upload", ({ sdk, client }, limits) =>
					client.send(new sdk.AbortMultipartUploadCommand({ ...common, Key, UploadId }), limits),
				);
			} catch (error) {
				if (!hasCode(error, "upload-not-found")) throw error;
			}
		},

		tags: {
			async readTags({ key: Key, version: VersionId }) {
				const { TagSet = [] } = await run("read the tags", ({ sdk, client }, limits) =>
					client.send(new sdk.GetObjectTaggingCommand({ ...common, Key, VersionId }), limits),
				);
				return Object.fromEntries(TagSet.map((tag) => [tag.Key ?? "", tag.Value ?? ""]));
			},

			async writeTags({ key: Key, version: VersionId }, tags) {
				const TagSet = Object.entries(tags).map(([name, Value]) => ({ Key: name, Value }));
				const input = { ...common, Key, VersionId, Tagging: { TagSet } };
				await run("write the tags", ({ sdk, client }, limits) =>
					client.send(new sdk.PutObjectTaggingCommand(input), limits),
				);
			},
		},
	};
}

import type {
	ListMultipartUploadsCommandInput,
	ListMultipartUploadsCommandOutput,
} from "@aws-sdk/client-s3";
import { hasCode } from "../../errors.js";
import type { StorageMaintenance } from "../../maintenance.js";
import { callRunner } from "./calls.js";
import type { S3Settings } from "./settings.js";

/** Makes the calls on many objects, and on tags. */
export function maintenanceCalls(settings: S3Settings): StorageMaintenance {
	const run = callRunner(settings);
	const Bucket = settings.bucket;
	const ExpectedBucketOwner = settings.options.expectedBucketOwner;
	const common = { Bucket, ExpectedBucketOwner };
	return {
		async *listObjects(Prefix) {
			let ContinuationToken: string | undefined;
			do {
				const input = { ...common, Prefix, ContinuationToken };
				const page = await run("list the objects", ({ sdk, client }, limits) =>
					client.send(new sdk.ListObjectsV2Command(input), limits),
				);
				for (const { Key = "", Size = 0, LastModified } of page.Contents ?? [])
					yield { key: Key, size: Size, modified: LastModified?.getTime() ?? Date.now() };
				ContinuationToken = page.NextContinuationToken;
			} while (ContinuationToken !== undefined);
		},

		async *listUploads(Prefix) {
			let after: Pick<ListMultipartUploadsCommandInput, "KeyMarker" | "UploadIdMarker"> = {};
			for (let hasMore = true; hasMore; ) {
				const input: ListMultipartUploadsCommandInput = { ...common, Prefix, ...after };
				const page: ListMultipartUploadsCommandOutput = await run(
					"list the uploads",
					({ sdk, client }, limits) =>
						client.send(new sdk.ListMultipartUploadsCommand(input), limits),
				);
				for (const { Key = "", UploadId = "", Initiated } of page.Uploads ?? [])
					yield { key: Key, id: UploadId, begun: Initiated?.getTime() ?? Date.now() };
				const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
				after = { KeyMarker, UploadIdMarker };
				hasMore = page.IsTruncated === true && KeyMarker !== undefined;
			}
		},

		async abortUpload({ key: Key, id: UploadId }) {
			try {
				await run("abort the upload", ({ sdk, client }, limits) =>
					client.send(new sdk.AbortMultipartUploadCommand({ ...common, Key, UploadId }), limits),
				);
			} catch (error) {
				if (!hasCode(error, "upload-not-found")) throw error;
			}
		},

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
	};
}

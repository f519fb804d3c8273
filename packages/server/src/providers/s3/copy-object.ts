import type { Checksum } from "#protocol";
import { UploadError } from "../../errors.js";
import { answeredByOther } from "../foreign-answers.js";
import type { CallLimits } from "./calls.js";
import { checksumsOf } from "./checksums.js";
import type { Connection } from "./client.js";
import { isMissing, isPreconditionFailed } from "./errors.js";
import type { ObjectFields } from "./object-fields.js";
import { requireCondition } from "./sdk.js";

/** One copy, with its connection. */
export interface Copy {
	readonly connected: Connection;
	readonly limits: CallLimits;
	/** The members that name source, target and owner in every request. */
	readonly request: {
		readonly Bucket: string;
		readonly Key: string;
		readonly CopySource: string;
		readonly CopySourceIfMatch: string | undefined;
		readonly ExpectedBucketOwner: string | undefined;
	};
	readonly size: number;
	readonly createOnly: boolean;
	/** What the copy stores; absent: what the source does. */
	readonly fields: ObjectFields | undefined;
}

/** What the storage says of a copy. */
export interface CopyReply {
	readonly etag?: string;
	readonly version?: string;
	readonly checksums: readonly Checksum[];
}

/** CopyObject, for sources up to 5 GiB. */
export async function copyAtOnce(copy: Copy): Promise<CopyReply> {
	const { connected, limits, request, createOnly, fields } = copy;
	const { sdk, client } = connected;
	const command = new sdk.CopyObjectCommand({
		...request,
		...(createOnly ? { IfNoneMatch: "*" } : {}),
		...(fields ? { ...fields, MetadataDirective: "REPLACE", TaggingDirective: "REPLACE" } : {}),
	});
	if (createOnly) requireCondition(command);
	try {
		const { CopyObjectResult: result = {}, VersionId } = await client.send(command, limits);
		if (!result.ETag && !result.LastModified) throw answeredByOther("copy");
		return {
			...(result.ETag ? { etag: result.ETag } : {}),
			...(VersionId ? { version: VersionId } : {}),
			checksums: checksumsOf(result),
		};
	} catch (error) {
		// of source or target: only a look at the target tells which condition failed
		if (createOnly && isPreconditionFailed(error)) await refuseTaken(copy);
		throw error;
	}
}

async function refuseTaken({ connected, limits, request }: Copy): Promise<void> {
	const { sdk, client } = connected;
	const target = { Bucket: request.Bucket, Key: request.Key };
	try {
		await client.send(new sdk.HeadObjectCommand(target), limits);
	} catch (error) {
		if (isMissing(error)) return;
		throw error;
	}
	throw new UploadError("already-exists", "An object with this key exists.");
}

import type { CompleteReply } from "#protocol";
import { hasCode, UploadError } from "../errors.js";
import { refusalOf } from "../http/problem.js";
import type { StreamSource } from "../platform.js";
import { complete, type UploadContext } from "../upload/context.js";
import { requestPlan } from "../upload/plan.js";
import { commit } from "./commit.js";
import { fits, type Part, type PartsPlan } from "./part.js";
import { rereadable, streamParts } from "./stream-parts.js";

/** Sends a stream in parts and completes the upload. */
export async function sendStream(
	upload: UploadContext,
	plan: PartsPlan,
	stream: StreamSource,
	{
		parts,
		signal,
		send,
		replan,
	}: {
		readonly parts: Part[];
		readonly signal: AbortSignal;
		readonly send: (some: AsyncIterable<Part>) => Promise<void>;
		/** Plans a restart with all parts that were read; throws the error where that can't help. */
		readonly replan: (error: unknown) => Promise<PartsPlan>;
	},
): Promise<CompleteReply> {
	const read = rereadable(streamParts(upload, plan, stream, { parts, signal }), parts);
	let current = plan;
	try {
		await send(read()).catch(async (error) => {
			current = await replan(error);
			await send(read());
		});
		return await commit(upload, current, parts);
	} catch (error) {
		throw hasCode(error, "checksum-mismatch", "invalid-parts", "upload-not-found")
			? unrepairableStreamError(error)
			: error;
	}
}

/**
 * Has the server end an upload whose parts the storage refuses without a digest of their own, and plans it
 * with digests.
 *
 * @throws UploadError the refusal, where it has another reason.
 */
export async function planWithDigests(
	upload: UploadContext,
	{ partSize }: PartsPlan,
	refused: UploadError,
): Promise<PartsPlan> {
	const error = await complete(upload, { refusal: refusalOf(refused) }).catch(
		(error: unknown) => error,
	);
	if (!(error instanceof UploadError && error.restart)) throw refused;
	const plan = await requestPlan(upload, { kinds: ["multipart"], algorithms: ["md5"] });
	// the parts that were read are as long as the first plan said
	if (plan.partSize !== partSize || !fits(plan, upload.source.size)) throw refused;
	upload.setPhase("uploading");
	return plan;
}

/** The error for a failure after which a file would be sent again, but a stream can't be. */
const unrepairableStreamError = (error: UploadError): UploadError =>
	new UploadError(
		error.code,
		`${error.message} A stream can't be read again: start with a new one.`,
		{ ...error, cause: error },
	);

import type { CompleteReply, CompleteRequest, PendingReply } from "#protocol";
import { defaultProblemTypeBase, hasCode, UploadError } from "../errors.js";
import type { ObjectInfo } from "../object-spec.js";
import { checkContentType } from "../uploads/content-type.js";
import { commitParts } from "./commit-parts.js";
import { releaseUpload } from "./count-upload.js";
import {
	checksumField,
	defined,
	invalidField,
	requiredText,
	sizeField,
	textField,
} from "./fields.js";
import { findRejection, finishUpload, pendingReply, type VerifiedObject } from "./finish-upload.js";
import { type OpenUpload, openUpload } from "./open-upload.js";
import type { Operation, OperationContext } from "./operation.js";
import { findOutcome, rejectDiffering, settleQuarantined } from "./settle-quarantined.js";
import { verifyStoredObject } from "./stored-object.js";
import { verifyBytes } from "./verify-bytes.js";

/** Milliseconds until a 202 is sent: gateways time out at 30 s. */
const replyTimeout = 24_000;

/** Lets the log name the refusal that the client met: the server's own signed requests may pass. */
function withRefusal(error: unknown, refusal: string | undefined): unknown {
	if (refusal === undefined || !hasCode(error, "upload-not-found", "conflict")) return error;
	const page = refusal.startsWith("403") ? "forbidden" : "storage-error";
	const reason = `The storage answered the client's PUT with ${refusal}. Likely causes: ${defaultProblemTypeBase}${page}`;
	return new UploadError(error.code, error.message, { cause: error.cause, reason });
}

/** Reads the object of a single upload, and checks a type that the URL could not bind. */
async function verifySingle(open: OpenUpload, request: CompleteRequest): Promise<ObjectInfo> {
	const info = await verifyStoredObject(open, request.size).catch((error: unknown) => {
		throw withRefusal(error, request.refusal);
	});
	if (open.provider.capabilities.enforce.contentType === "none") {
		checkContentType(info.contentType, open.rule.contentTypes);
	}
	// a header that no URL binds: scanners and browsers would see other bytes than those that were checked
	const { contentEncoding = "identity" } = info;
	if (!open.rule.contentEncoding && !/^(identity)?$/i.test(contentEncoding)) {
		throw new UploadError(
			"unsupported-type",
			"The file was sent with a Content-Encoding, which this key does not accept. Send it without.",
			{ values: { name: "content-encoding" } },
		);
	}
	return info;
}

async function completeUpload(
	context: OperationContext,
	open: OpenUpload,
	request: CompleteRequest,
): Promise<CompleteReply | PendingReply> {
	const isQuarantined = open.upload.quarantined === true;
	const outcome = isQuarantined ? await findOutcome(context, open) : undefined;
	const wait = request.wait !== false;
	const verify = open.upload.multipartId === undefined ? verifySingle : commitParts;
	let info: VerifiedObject;
	try {
		const stored = await verify(open, request);
		info = { ...stored, ...(await verifyBytes(open, request, stored)) };
	} catch (error) {
		// processed, and deleted since
		if (outcome && hasCode(error, "upload-not-found"))
			return settleQuarantined(context, open, { outcome, wait });
		if (isQuarantined && hasCode(error, "checksum-mismatch") && !error.restart)
			throw await rejectDiffering(context, open, error);
		// nothing of it is left
		const { uploadId } = open.upload;
		if (error instanceof UploadError && error.restart) await releaseUpload(context, uploadId);
		return findRejection(context, open, error);
	}
	return isQuarantined
		? settleQuarantined(context, open, { outcome, stored: info, wait })
		: finishUpload(context, open, info);
}

/** `POST {base}/complete`: verifies what is stored and commits it. Safe to repeat. */
export const complete: Operation<"complete"> = {
	parse(fields) {
		const { size, wait } = fields;
		const refusal = textField(fields, "refusal");
		if (refusal !== undefined && !/^[1-5]\d\d( [\w.]{1,64})?$/.test(refusal)) {
			throw invalidField("refusal", 'Must be a status and an error code, as "403 AccessDenied".');
		}
		if (wait !== undefined && typeof wait !== "boolean") {
			throw invalidField("wait", "Must be true or false.");
		}
		return {
			token: requiredText(fields, "token"),
			...defined({
				size: size === undefined ? undefined : sizeField(size),
				checksum: checksumField(fields["checksum"], "checksum"),
				receipts: textField(fields, "receipts"),
				refusal,
				wait,
			}),
		};
	},

	async run(context, request, call, late) {
		const openAndComplete = async (): Promise<CompleteReply | PendingReply> => {
			const open = await openUpload(context, request.token, { call, action: "complete" });
			return completeUpload(context, open, request);
		};
		const work = openAndComplete();
		let timer: NodeJS.Timeout | undefined;
		const pending = new Promise<PendingReply>((resolve) => {
			timer = setTimeout(() => {
				resolve(pendingReply);
				// the next call returns the result
				late(work);
			}, replyTimeout);
		});
		try {
			return await Promise.race([work, pending]);
		} finally {
			clearTimeout(timer);
		}
	},

	status: (reply) => ("state" in reply ? 202 : 200),
};

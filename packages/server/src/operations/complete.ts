import type { CompleteReply, CompleteRequest, PendingReply } from "#protocol";
import type { ObjectInfo } from "../provider.js";
import { checkContentType } from "../uploads/content-type.js";
import type { Principal } from "../uploads/rule.js";
import { commitParts } from "./commit-parts.js";
import { checksumField, defined, requiredText, sizeField, textField } from "./fields.js";
import { findRejection, finishUpload, pendingReply, type VerifiedObject } from "./finish-upload.js";
import { type OpenUpload, openUpload } from "./open-upload.js";
import type { Operation, OperationContext } from "./operation.js";
import { verifyStoredObject } from "./stored-object.js";
import { verifyBytes } from "./verify-bytes.js";

/** Milliseconds until a 202 is sent: gateways time out at 30 s. */
const replyTimeout = 24_000;

/** Reads the object of a single upload, and checks a type that the URL could not bind. */
async function verifySingle(
	context: OperationContext,
	open: OpenUpload,
	request: CompleteRequest,
): Promise<ObjectInfo> {
	const info = await verifyStoredObject(context, open, request.size);
	if (context.provider.capabilities.enforce.contentType === "none") {
		checkContentType(info.contentType, open.rule.contentTypes);
	}
	return info;
}

async function completeUpload(
	context: OperationContext,
	request: CompleteRequest,
	principal: Principal | null,
): Promise<CompleteReply | PendingReply> {
	const open = await openUpload(context, request.token, { principal, action: "complete" });
	const verify = open.upload.multipartId === undefined ? verifySingle : commitParts;
	let info: VerifiedObject;
	try {
		const stored = await verify(context, open, request);
		info = { ...stored, ...(await verifyBytes(context, open, request, stored)) };
	} catch (error) {
		return findRejection(context, open, error);
	}
	return finishUpload(context, open, info);
}

/** `POST {base}/complete`: verifies what is stored and commits it. Safe to repeat. */
export const complete: Operation<"complete"> = {
	parse(fields) {
		const { size } = fields;
		return {
			token: requiredText(fields, "token"),
			...defined({
				size: size === undefined ? undefined : sizeField(size),
				checksum: checksumField(fields["checksum"], "checksum"),
				receipts: textField(fields, "receipts"),
			}),
		};
	},

	async run(context, request, principal) {
		let timer: NodeJS.Timeout | undefined;
		const pending = new Promise<PendingReply>((resolve) => {
			timer = setTimeout(() => resolve(pendingReply), replyTimeout);
		});
		const work = completeUpload(context, request, principal);
		try {
			return await Promise.race([work, pending]);
		} finally {
			clearTimeout(timer);
			// after a 202, the next call returns the result
			work.catch(() => undefined);
		}
	},

	status: (reply) => ("state" in reply ? 202 : 200),
};

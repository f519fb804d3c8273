import type { CompleteReply, CompleteRequest, PendingReply } from "#protocol";
import { hasCode, UploadError } from "../errors.js";
import type { ObjectInfo } from "../provider.js";
import { createOnly } from "../uploads/check-provider.js";
import { checkContentType } from "../uploads/content-type.js";
import type { Principal } from "../uploads/rule.js";
import { checksumField, defined, requiredText, sizeField, textField } from "./fields.js";
import { findRejection, finishUpload, pendingReply } from "./finish-upload.js";
import { multipartRef, type OpenUpload, openUpload } from "./open-upload.js";
import type { Operation, OperationContext } from "./operation.js";
import { verifyStoredObject } from "./stored-object.js";
import { checkStoredParts, listStoredParts } from "./stored-parts.js";

/** Milliseconds until a 202 is sent: gateways time out at 30 s. */
const replyTimeout = 24_000;

/** Checks the stored parts and puts them together. */
async function commitParts(
	context: OperationContext,
	open: OpenUpload,
	request: CompleteRequest,
): Promise<ObjectInfo> {
	const { provider } = context;
	const ref = multipartRef(open.upload);
	let stored: Awaited<ReturnType<typeof listStoredParts>>;
	try {
		stored = await listStoredParts(provider, ref);
	} catch (error) {
		return verifyStoredObject(context, open, request.size, error);
	}
	if (stored.length === 0) {
		// a storage that knows no begun upload lists none once they are committed
		try {
			return await verifyStoredObject(context, open, request.size);
		} catch (error) {
			if (!hasCode(error, "upload-not-found")) throw error;
		}
	}
	const { size, parts } = checkStoredParts(stored, open, request);
	// the storage verifies only the algorithm announced at create
	const expected = request.checksum?.algorithm === open.upload.checksum;
	try {
		return await provider.completeMultipart(ref, parts, {
			size,
			createOnly: createOnly(open.rule, provider, "multipart"),
			checksum: expected ? request.checksum : undefined,
		});
	} catch (error) {
		try {
			return await verifyStoredObject(context, open, size, error);
		} catch (end) {
			// these parts can never be committed, and cost money
			if (hasCode(end, "already-exists", "upload-not-found")) {
				await provider.abortMultipart(ref).catch(() => undefined);
			}
			throw end;
		}
	}
}

/** Looks at the object of a single upload, and checks a type that the URL could not bind. */
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
	let info: ObjectInfo;
	try {
		info = await verify(context, open, request);
	} catch (error) {
		return findRejection(context, open, error);
	}
	const stored = info.checksums.find(({ algorithm }) => algorithm === request.checksum?.algorithm);
	if (request.checksum && stored && stored.value !== request.checksum.value) {
		throw new UploadError(
			"checksum-mismatch",
			"The stored object differs from the file; upload it again.",
		);
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
			// after a 202 the next call finds the outcome
			work.catch(() => undefined);
		}
	},

	status: (reply) => ("state" in reply ? 202 : 200),
};

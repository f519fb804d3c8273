import { listGrace, type StatusReply } from "#protocol";
import { hasCode, UploadError } from "../errors.js";
import type { HookCall } from "../hooks.js";
import type { PresignProvider } from "../provider.js";
import { storageKey } from "../quarantine.js";
import { normalizeKey } from "../uploads/key.js";
import { defined, textField } from "./fields.js";
import { findDeleted } from "./finish-upload.js";
import { openObject, openUpload } from "./open-upload.js";
import type { Operation, OperationContext } from "./operation.js";
import { describeOutcome, findOutcome } from "./settle-quarantined.js";

const notFound = (reason?: string): UploadError =>
	new UploadError("not-found", "There is no object with this key, or you may not read it.", {
		reason,
	});

/** The status by key. Whoever may not read the object learns nothing, not even whether it exists. */
async function statusOfKey(
	context: OperationContext,
	key: string,
	call: HookCall,
): Promise<StatusReply> {
	let provider: PresignProvider;
	try {
		({ provider } = await openObject(context, { call, action: "status", key }));
	} catch (error) {
		if (!hasCode(error, "unauthenticated", "forbidden")) throw error;
		throw notFound(error.reason);
	}
	if ((await provider.head(key)) === null) throw notFound();
	return { state: "available" };
}

/** The status of the caller's own upload, by its token, which may have expired. */
async function statusOfUpload(
	context: OperationContext,
	token: string,
	call: HookCall,
): Promise<StatusReply> {
	const open = await openUpload(context, token, {
		call,
		action: null,
		grace: listGrace,
	});
	const { upload, provider } = open;
	const outcome = upload.quarantined ? await findOutcome(context, open) : undefined;
	if (outcome) return describeOutcome(outcome);
	if (upload.quarantined && (await provider.head(storageKey(upload)))?.uploadId === upload.uploadId)
		return { state: "pending" };
	const found = await provider.head(upload.key);
	if (found?.uploadId === upload.uploadId) return { state: "available" };
	const result = await findDeleted(context, open);
	return result && result !== "running" && "rejected" in result
		? { state: "rejected", reason: result.rejected }
		: { state: "uploading" };
}

/** `POST {base}/status`: whether an upload, or the object of a key, is there yet. */
export const status: Operation<"status"> = {
	parse(fields) {
		const token = textField(fields, "token");
		const key = textField(fields, "key");
		if ((token === undefined) === (key === undefined)) {
			throw new UploadError("invalid-request", "Send either token or key.");
		}
		return defined({ token, key: key === undefined ? undefined : normalizeKey(key) });
	},

	run: async (context, { token, key }, call) =>
		token === undefined
			? statusOfKey(context, key ?? "", call)
			: statusOfUpload(context, token, call),

	status: () => 200,
};

import type { AbortRequest } from "#protocol";
import type { Principal } from "../uploads/rule.js";
import { type OperationContext, openUpload } from "./open-upload.js";

/** `POST {base}/abort`: frees the stored parts. Never touches a committed object; safe to repeat. */
export async function abort(
	context: OperationContext,
	request: AbortRequest,
	principal: Principal | null,
): Promise<undefined> {
	const { upload } = await openUpload(context, request.token, principal, null);
	if (upload.multipartId === undefined) return;
	await context.provider.abortMultipart({ key: upload.key, id: upload.multipartId });
}

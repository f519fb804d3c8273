import { tokenLife } from "#protocol";
import type { OpenUpload } from "./open-upload.js";
import { type OperationContext, requireSealer } from "./operation.js";

/** A new token for one that is past half its life. */
export function freshToken(
	context: OperationContext,
	open: OpenUpload,
): { readonly token?: string } {
	const left = open.expiry - Date.now() / 1000;
	return left < tokenLife / 2 ? { token: requireSealer(context).seal(open.upload) } : {};
}

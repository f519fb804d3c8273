import { tokenLife } from "#protocol";
import type { OpenUpload } from "./open-upload.js";
import { type OperationContext, requireSealer } from "./operation.js";

/** A new token for one that is past half its life. */
export function freshToken(
	context: OperationContext,
	open: OpenUpload,
): { readonly token?: string } {
	const left = open.expiry - Date.now() / 1000;
	if (left >= tokenLife / 2) return {};
	const sealer = requireSealer(context);
	// the owner's hash has the key of the secret that seals
	return { token: sealer.seal({ ...open.upload, owner: sealer.ownerOf(open.principal) }) };
}

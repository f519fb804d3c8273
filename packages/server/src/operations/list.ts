import type { ListReply, ListRequest } from "#protocol";
import { listGrace } from "../token.js";
import type { Principal } from "../uploads/rule.js";
import { multipartRef, type OperationContext, openUpload } from "./open-upload.js";
import { freshToken } from "./part-window.js";

/** `POST {base}/list`: one page of what is stored, for a resume. */
export async function listParts(
	context: OperationContext,
	request: ListRequest,
	principal: Principal | null,
): Promise<ListReply> {
	const open = await openUpload(context, request.token, principal, "list", listGrace);
	const { after } = request;
	const page = await context.provider.listParts(
		multipartRef(open.upload),
		after === undefined ? {} : { after },
	);
	return { ...page, ...freshToken(context, open) };
}

import type { ListReply, ListRequest } from "#protocol";
import type { Principal } from "../policy/uploads.js";
import { listGrace } from "../token.js";
import { multipartRef, type OperationContext, openUpload } from "./context.js";
import { freshToken } from "./sign-parts.js";

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

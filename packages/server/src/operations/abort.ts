import { settleAborted } from "./count-upload.js";
import { requiredText } from "./fields.js";
import { multipartRef, openUpload } from "./open-upload.js";
import type { Operation } from "./operation.js";

/** `POST {base}/abort`: frees the stored parts. Never touches a committed object; safe to repeat. */
export const abort: Operation<"abort"> = {
	parse: (fields) => ({ token: requiredText(fields, "token") }),

	async run(context, request, call) {
		const open = await openUpload(context, request.token, { call, action: null });
		const { upload, provider } = open;
		if (upload.multipartId !== undefined) await provider.abortMultipart(multipartRef(upload));
		await settleAborted(context, open);
		return undefined;
	},

	status: () => 204,
};

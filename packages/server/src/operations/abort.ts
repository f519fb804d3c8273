import { requiredText } from "./fields.js";
import { multipartRef, openUpload } from "./open-upload.js";
import type { Operation } from "./operation.js";

/** `POST {base}/abort`: frees the stored parts. Never touches a committed object; safe to repeat. */
export const abort: Operation<"abort"> = {
	parse: (fields) => ({ token: requiredText(fields, "token") }),

	async run(context, request, call) {
		const { upload, provider } = await openUpload(context, request.token, { call, action: null });
		if (upload.multipartId === undefined) return undefined;
		await provider.abortMultipart(multipartRef(upload));
		return undefined;
	},

	status: () => 204,
};

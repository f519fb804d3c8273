import { requiredText } from "./fields.js";
import { openUpload } from "./open-upload.js";
import type { Operation } from "./operation.js";

/** `POST {base}/abort`: frees the stored parts. Never touches a committed object; safe to repeat. */
export const abort: Operation<"abort"> = {
	parse: (fields) => ({ token: requiredText(fields, "token") }),

	async run(context, request, principal) {
		const { upload } = await openUpload(context, request.token, { principal, action: null });
		if (upload.multipartId === undefined) return undefined;
		await context.provider.abortMultipart({ key: upload.key, id: upload.multipartId });
		return undefined;
	},

	status: () => 204,
};

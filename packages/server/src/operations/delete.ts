import { normalizeKey } from "../uploads/key.js";
import { releaseUpload } from "./count-upload.js";
import { requiredText } from "./fields.js";
import { openObject } from "./open-upload.js";
import type { Operation } from "./operation.js";

/** `POST {base}/delete`: deletes an object. Safe to repeat: a key that holds nothing is success. */
export const deleteObject: Operation<"delete"> = {
	parse: (fields) => ({ key: normalizeKey(requiredText(fields, "key")) }),

	async run(context, { key }, call) {
		const { provider } = await openObject(context, { call, action: "delete", key });
		// its upload, for the quota
		const found = context.quota && (await provider.head(key).catch(() => null));
		await provider.delete(key);
		if (found?.uploadId !== undefined) await releaseUpload(context, found.uploadId);
		return undefined;
	},

	status: () => 204,
};

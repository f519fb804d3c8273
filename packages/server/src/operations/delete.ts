import { hasCode } from "../errors.js";
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
		// its upload, for the quota; once it is deleted, nothing could tell
		const found =
			context.quota &&
			(await provider.head(key).catch((error: unknown) => {
				if (hasCode(error, "forbidden")) return null;
				throw error;
			}));
		await provider.delete(key);
		if (found?.uploadId !== undefined) await releaseUpload(context, found.uploadId);
		return undefined;
	},

	status: () => 204,
};

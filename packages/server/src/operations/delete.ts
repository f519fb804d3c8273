import { normalizeKey } from "../uploads/key.js";
import { requiredText } from "./fields.js";
import { openObject } from "./open-upload.js";
import type { Operation } from "./operation.js";

/** `POST {base}/delete`: deletes an object. Safe to repeat: a key that holds nothing is success. */
export const deleteObject: Operation<"delete"> = {
	parse: (fields) => ({ key: normalizeKey(requiredText(fields, "key")) }),

	async run(context, { key }, call) {
		const { provider } = await openObject(context, { call, action: "delete", key });
		await provider.delete(key);
		return undefined;
	},

	status: () => 204,
};

import { authorizeKey } from "../uploads/authorize-upload.js";
import { normalizeKey } from "../uploads/key.js";
import { defined, requiredText } from "./fields.js";
import type { Operation } from "./operation.js";

/** `GET {base}/rules?key=`: what an upload to the key must meet, so that a page can check it first. */
export const rules: Operation<"rules"> = {
	parse: (fields) => ({ key: normalizeKey(requiredText(fields, "key")) }),

	async run({ uploads }, { key: requestedKey }, { principal }) {
		const { rule } = await authorizeKey(uploads, {
			principal,
			action: "rules",
			requestedKey,
			size: null,
			contentType: undefined,
		});
		const { maxSize, minSize, contentTypes, extensions } = rule;
		return defined({ maxSize, minSize, contentTypes, extensions });
	},

	status: () => 200,
};

import { tooLarge } from "../uploads/size.js";
import { integerField, invalidField, requiredText } from "./fields.js";
import { freshToken } from "./fresh-token.js";
import { openUpload } from "./open-upload.js";
import type { Operation } from "./operation.js";
import { signWindow } from "./part-window.js";

/** `POST {base}/parts`: signs more parts. */
export const parts: Operation<"parts"> = {
	parse(fields) {
		const { first, count, lastSize, host } = fields;
		const request = {
			token: requiredText(fields, "token"),
			first: integerField(first, "first", 1),
			count: integerField(count, "count", 1),
			...(host === undefined ? {} : { host: integerField(host, "host", 0) }),
		};
		if (lastSize === undefined) return request;
		if (request.count !== 1) throw invalidField("lastSize", "Requires count 1.");
		// an empty part could be a copy of any object, by a header that nobody signed
		return { ...request, lastSize: integerField(lastSize, "lastSize", 1) };
	},

	async run(context, request, call) {
		const open = await openUpload(context, request.token, { call, action: "parts" });
		const { hosts = 1 } = open.provider;
		if (request.host !== undefined && request.host >= hosts) {
			throw invalidField("host", `Must be below ${hosts}.`, { limit: hosts - 1 });
		}
		const window = await signWindow(open, request);
		if (window.count === 0) throw tooLarge(null, open.rule.maxSize);
		return { ...window, ...freshToken(context, open) };
	},

	status: () => 200,
};

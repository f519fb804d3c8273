import { listGrace } from "#protocol";
import { integerField, invalidField, maxPartNumber, requiredText } from "./fields.js";
import { freshToken } from "./fresh-token.js";
import { multipartRef, openUpload } from "./open-upload.js";
import type { Operation } from "./operation.js";

/** `POST {base}/list`: one page of the stored parts, for a resume; none of a single upload. */
export const list: Operation<"list"> = {
	parse(fields) {
		const token = requiredText(fields, "token");
		if (fields["after"] === undefined) return { token };
		const after = integerField(fields["after"], "after", 0);
		// storages refuse a marker that overflows their integers
		if (after > maxPartNumber)
			throw invalidField("after", `Must be at most ${maxPartNumber}.`, { limit: maxPartNumber });
		return { token, after };
	},

	async run(context, { token, after }, call) {
		const open = await openUpload(context, token, { call, action: "list", grace: listGrace });
		// no storage has parts after the highest number: a client that only checks its route asks for those
		const isEmpty = open.upload.multipartId === undefined || after === maxPartNumber;
		const page = isEmpty
			? { parts: [] }
			: await open.provider.listParts(multipartRef(open.upload), { after });
		return { ...page, ...freshToken(context, open) };
	},

	status: () => 200,
};

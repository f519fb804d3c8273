import type { MultipartPlan, SinglePlan } from "#protocol";
import { hasCode } from "../errors.js";
import type { UploadContext } from "./context.js";

/**
 * Sends by a plan, and meanwhile asks once per endpoint whether the operations below it reach the upload handler.
 * Otherwise all bytes of a file are sent before the first call fails.
 *
 * @param plan new; a single request without `confirm` calls no operation
 * @param send gets a context whose signal ends it
 * @throws UploadError `not-found` where the operations are missing: something else answers 404 or 405. What else comes in
 * their place decides nothing, and is told.
 */
export async function checkWhileSending<Context extends UploadContext, Reply>(
	upload: Context,
	plan: MultipartPlan | SinglePlan,
	send: (upload: Context) => Promise<Reply>,
): Promise<Reply> {
	const { checks } = upload.client;
	const { href } = upload.settings.endpoint;
	if (plan.kind === "single" && !plan.confirm) return await send(upload);
	const ended = new AbortController();
	const signal = AbortSignal.any([upload.signal, ended.signal]);
	const check = checks.get(href) ?? upload.api.checkOperations(signal);
	checks.set(href, check);
	check.catch((error) => {
		checks.delete(href);
		if (hasCode(error, "not-found")) ended.abort(error);
	});
	return await send({ ...upload, signal }).finally(() => ended.abort());
}

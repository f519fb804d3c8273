import type { UploadError } from "../errors.js";
import type { UploadEvent } from "../public-types.js";

/** The most characters that are read, and that are kept. */
const maxInput = 2_000;
const maxText = 600;

/** A URL; a query; a credential by its name or scheme; any run of characters as long as a secret. */
const suspicious =
	/\w+:\/\/\S+|\?\S+|([\w-]*(?:token|secret|password|sign|cred|auth|cookie)[\w-]*["']?\s*[:=]\s*|\b(?:bearer|basic) +)(?:(?:bearer|basic) +)?(?:"[^"]*"|[^\s,;}]+)|[\w+/=%~-]{20,}/gi;

/** Keeps the words of a sentence, and the origin of a URL. */
export const redact = (text: string): string =>
	text
		.slice(0, maxInput)
		.replace(suspicious, (found, name = "") => {
			// what closes a quoted URL, or a sentence
			const [, url = "", end = ""] = /^(\w+:\/\/.*?)([\])}"'`.,:;]*)$/.exec(found) ?? [];
			return URL.canParse(url) ? new URL(url).origin + end : `${name}…`;
		})
		.slice(0, maxText);

/** A failure for the report. */
export type FailureNote = Omit<UploadEvent & { readonly type: "failure" }, "at">;

/**
 * Describes a failure for the report.
 *
 * @param origin where the request went
 */
export function describeFailure(
	{ code, message, status, requestId }: UploadError,
	origin?: string,
): FailureNote {
	return {
		type: "failure",
		code,
		message: redact(message),
		status,
		host: origin && redact(origin).replace(/^.*\//, ""),
		requestId: /^[\w.=-]{1,64}$/.exec(requestId ?? "")?.[0],
	};
}

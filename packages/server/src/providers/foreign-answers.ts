import { UploadError } from "../errors.js";

// Answers of others in the place of the storage: of a login page, a proxy, or a console at the endpoint's port.

/** Whether a login page or console has answered: of storages, some answer with HTML, but without a body. */
export const isWebPage = (
	status: number | undefined,
	contentType: string | null | undefined,
	contentLength: string | null | undefined,
): boolean => status === 200 && contentLength !== "0" && /^text\/html\b/i.test(contentType ?? "");

/**
 * Whether something else than the storage has answered a control call. Of a HEAD, type and length are the object's.
 *
 * @param prefix - Of header names that every answer of the storage to a HEAD has.
 */
export function isForeign(
	{ status, headers }: Response,
	text: string,
	{ method, prefix }: { readonly method: string | undefined; readonly prefix: string },
): boolean {
	if (method === "HEAD") return ![...headers.keys()].some((name) => name.startsWith(prefix));
	// Google labels some of its XML as HTML
	const isXml = /^\s*<\?xml/.test(text);
	return !isXml && isWebPage(status, headers.get("content-type"), headers.get("content-length"));
}

/**
 * Refuses an answer that is no list. An empty one, as a broken proxy sends it, would pass for an empty list, and an
 * upload without parts is given up.
 *
 * @param root - Name of the list's outermost element.
 * @param action - What was called for the list.
 * @throws UploadError `storage-error`.
 */
export function requireList(document: string, root: string, action: string): void {
	if (document.includes(`<${root}`)) return;
	throw new UploadError(
		"storage-error",
		`Could not ${action}. Something other than the storage answered.`,
	);
}

/** The error of an answer at 200 that is no result. Whether the storage has done the work, the next call finds out. */
export const answeredByOther = (what: "completion" | "copy"): UploadError =>
	new UploadError("storage-unavailable", `Something other than the storage answered the ${what}.`, {
		retryAfter: 1,
	});

import { UploadError } from "./errors.js";

/** The same options, whose relative endpoint stays as it is first resolved: an app may show another page later. */
export function resolveOnce<Options extends { readonly endpoint: string | URL }>(
	options: Options,
	baseUrl: (() => string | undefined) | undefined,
): Options {
	let { endpoint } = options;
	return {
		...options,
		get endpoint() {
			const page = baseUrl?.();
			if (URL.canParse(endpoint, page)) endpoint = new URL(endpoint, page);
			return endpoint;
		},
	};
}

/** Stands for the page, where an endpoint is only checked: a server that renders pages has none. */
export const anyPage = "http://page.invalid";

/**
 * The absolute URL of an endpoint.
 *
 * @param page what a relative one is resolved against
 * @throws UploadError `invalid-request`
 */
export function parseEndpoint(endpoint: string | URL, page: string | undefined): URL {
	// the constructor's own error would repeat the URL with any secret in it
	const resolve = (base?: string): URL | undefined =>
		URL.canParse(endpoint, base) ? new URL(endpoint, base) : undefined;
	const resolved = resolve(page);
	const url = resolved ?? resolve(anyPage);
	if (!endpoint || !url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
		throw new UploadError(
			"invalid-request",
			"`endpoint` must be an http or https URL without user and password.",
		);
	}
	if (resolved) return resolved;
	throw new UploadError(
		"invalid-request",
		`\`endpoint\` "${url.pathname}" is relative, and there is no page to resolve it against: pass an absolute URL.`,
	);
}

/** Redirects of one call; the same number as of a request by `curl --location --max-redirs 3`. */
const maxRedirects = 3;
/** 303 asks for a GET, which no call is. */
const followed: ReadonlySet<number> = new Set([301, 302, 307, 308]);

/** Node aborts a Request only while it is reachable (undici issue 3644). */
const requests = new WeakMap<Response, Request>();

/**
 * Follows redirects within an origin, as POST. Another origin gets neither the headers nor the token of a call: the
 * redirect itself is returned.
 *
 * @param request with `redirect: "manual"`
 */
export async function followRedirects(
	request: Request,
	fetch: (request: Request) => Promise<Response>,
): Promise<Response> {
	let current = request;
	for (let redirects = 0; ; redirects++) {
		const next = current.clone();
		const response = await fetch(current);
		requests.set(response, current);
		const location = response.headers.get("location") ?? "";
		const url = URL.canParse(location, current.url) && new URL(location, current.url);
		const isOwn =
			url && url.origin === new URL(request.url).origin && followed.has(response.status);
		if (!isOwn || redirects === maxRedirects) {
			return redirects === 0 || response.redirected
				? response
				: Object.defineProperties(response, {
						redirected: { value: true },
						url: { value: current.url },
					});
		}
		await response.body?.cancel();
		current = new Request(url, next);
	}
}

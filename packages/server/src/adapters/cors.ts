import httpCors from "@middy/http-cors";
import type { Middleware } from "./middleware.js";
import { refuseUnknownOptions } from "./unknown-options.js";

/** Which web pages may call, handed to `@middy/http-cors`. */
export interface CorsOptions {
	/** Such as `https://app.example.com`, `https://*.example.com` (one label), or `*` for all. */
	readonly origins: readonly string[];
	/** Request headers a page may send. @default ["authorization", "content-type"] */
	readonly headers?: readonly string[] | undefined;
	/** Whether cookies travel. @default false */
	readonly credentials?: boolean | undefined;
	/** Seconds a browser keeps the preflight's answer. @default 7200 */
	readonly maxAge?: number | undefined;
}

// also the schemes of apps, such as capacitor://localhost
const origin = /^(\*|[a-z][a-z0-9+.-]*:\/\/[^/\s?#]+)$/i;
const names = ["origins", "headers", "credentials", "maxAge"];

/**
 * The one middleware that puts CORS headers on every answer, errors and 204 included.
 *
 * @throws TypeError for a malformed origin, and for `*` together with credentials: the middleware
 * would let any page act as the signed-in user.
 */
export function createCors(options: CorsOptions): Middleware {
	refuseUnknownOptions(options, names);
	const {
		origins,
		headers = ["authorization", "content-type"],
		credentials = false,
		maxAge = 7200,
	} = options;
	if (!Array.isArray(origins) || origins.length === 0) {
		throw new TypeError(
			'cors.origins must list at least one origin, such as "https://app.example.com"',
		);
	}
	const wrong = origins.find((value) => typeof value !== "string" || !origin.test(value));
	if (wrong !== undefined) {
		throw new TypeError(
			`cors.origins has "${wrong}"; an origin is scheme and host without a path, such as "https://app.example.com"`,
		);
	}
	if (credentials && origins.includes("*")) {
		throw new TypeError(
			'cors.origins "*" with credentials would let every web page act as your users; list the origins',
		);
	}
	return httpCors({
		// it answers OPTIONS itself, with 204, only when told so
		disableBeforePreflightResponse: false,
		origins: [...origins],
		headers: headers.join(", "),
		methods: "GET, POST, OPTIONS",
		exposeHeaders: "Date, Retry-After",
		credentials,
		maxAge,
		// for the preflight's answer; a browser keeps it by max-age alone
		cacheControl: "no-store",
		// without it a cache could give one page the answer made for another
		vary: "Origin",
	});
}

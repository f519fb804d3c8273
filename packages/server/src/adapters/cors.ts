import httpCors from "@middy/http-cors";

/** A Middy middleware; a structural type, so that Middy's types aren't needed. */
export interface Middleware {
	before?: ((request: never) => unknown) | undefined;
	after?: ((request: never) => unknown) | undefined;
	onError?: ((request: never) => unknown) | undefined;
}

/** Which web pages may call, handed to `@middy/http-cors`. */
export interface CorsOptions {
	/**
	 * Spelled as browsers send them: `https://app.example.com`, `https://*.example.com` (one label),
	 * `capacitor://localhost`, or `*` for all.
	 */
	readonly origins: readonly string[];
	/** Request headers that a page may send. @default ["authorization", "content-type"] */
	readonly headers?: readonly string[] | undefined;
	/** Whether browsers send cookies. @default false */
	readonly credentials?: boolean | undefined;
	/** Seconds for which a browser keeps the preflight's answer. @default 7200 */
	readonly maxAge?: number | undefined;
}

/** Stands for `*` where an origin is parsed: no host name may hold it. */
const anyLabel = "any-label";

/** An origin as browsers send it; undefined for a text that is none. Also those of apps: capacitor://localhost. */
function spelledByBrowsers(origin: string): string | undefined {
	const wild = origin.trim().replace("*", anyLabel);
	const scheme = /^(localhost|127\.|\[::1\])/i.test(wild) ? "http" : "https";
	const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(wild) ? wild : `${scheme}://${wild}`);
	if (!url?.host || /[*\s]/.test(wild)) return undefined;
	// a lone dot is the whole host of some apps: app://.
	const host = url.host.toLowerCase().replace(/(?<=.)\.(?=:\d+$|$)/, "");
	return `${url.protocol}//${host}`.replace(anyLabel, "*");
}

/** What is wrong with an origin; undefined where browsers send it so. */
function problemOfOrigin(origin: unknown): string | undefined {
	if (origin === "*") return undefined;
	const example =
		'but an origin is scheme and host without a path, such as "https://app.example.com"';
	if (typeof origin !== "string" || origin === "") return example;
	if (origin === "null") {
		return "which every sandboxed page and local file sends; list your page's own origin";
	}
	if (/\S[\s,;]+\S/.test(origin)) {
		return `which are several; list each: ${JSON.stringify(origin.trim().split(/[\s,;]+/))}`;
	}
	const spelled = spelledByBrowsers(origin);
	if (spelled === undefined) return example;
	if (spelled !== origin) return `which no browser sends; write "${spelled}"`;
	// https://*example.com would also match https://evil-example.com
	return origin.replace("://*.", "://").includes("*")
		? 'but "*" stands for a whole label, the first label of the host: "https://*.example.com"'
		: undefined;
}

const headerName = /^[\w!#$%&'*+.^`|~-]+$/;

/** The options of {@link CorsOptions}. */
export const corsOptionNames: readonly (keyof CorsOptions)[] = [
	"origins",
	"headers",
	"credentials",
	"maxAge",
];

/**
 * Creates the middleware that adds CORS headers to every response, including errors and 204.
 *
 * @throws TypeError for a malformed origin or header name, and for `*` with credentials: any page could act as the
 * signed-in user.
 */
export function createCors(options: CorsOptions): Middleware {
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
	const problems = origins.flatMap((origin) => {
		const problem = problemOfOrigin(origin);
		return problem === undefined ? [] : [`cors.origins has "${origin}", ${problem}`];
	});
	// an empty list would block every JSON call of a page
	const isList = Array.isArray(headers) && headers.length > 0;
	const wrong = isList ? headers.filter((header) => !headerName.test(header)) : [headers];
	for (const header of wrong) {
		problems.push(
			`cors.headers has "${header}", but it lists names of headers, such as "x-tenant"`,
		);
	}
	if (problems.length > 0) throw new TypeError(problems.join("\n"));
	if (credentials && origins.includes("*")) {
		throw new TypeError(
			'cors.origins "*" with credentials would let every web page act as your users; list the origins',
		);
	}
	return httpCors({
		// otherwise http-cors passes OPTIONS to the handler
		disableBeforePreflightResponse: false,
		// of several origins, http-cors says "Vary: Origin" on every response, once
		origins: [...origins, ...origins],
		headers: headers.join(", "),
		methods: "GET, POST, OPTIONS",
		exposeHeaders: "Date, Retry-After",
		credentials,
		maxAge,
		// of the preflight response, which browsers cache by Access-Control-Max-Age instead
		cacheControl: "no-store",
	});
}

/** The members of a Middy request that http-cors uses. */
export interface CorsRequest {
	readonly event: object;
	response?: { statusCode: number; headers: Record<string, string>; body?: string };
}

export type CorsStep = ((request: CorsRequest) => CorsRequest["response"] | undefined) | undefined;

/** Characters of the longest origin; a host name has at most 253. */
const maxOriginLength = 300;

/** Headers without an origin that http-cors would take long to parse, as a Unicode host name. */
export const withoutLongOrigin = (
	headers: Readonly<Record<string, string>>,
): Record<string, string> =>
	Object.fromEntries(
		Object.entries(headers).filter(
			([name, value]) => value.length <= maxOriginLength || !/^origin$/i.test(name),
		),
	);

/** Headers by lower-case name. */
export function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
	const lower: Record<string, string> = {};
	for (const [name, value] of Object.entries(headers)) {
		const key = name.toLowerCase();
		if (key !== "__proto__") lower[key] = value;
	}
	return lower;
}

/** An event as http-cors reads it. */
export const corsEvent = (method: string, headers: Readonly<Record<string, string>>): object => ({
	version: "2.0",
	headers: withoutLongOrigin(headers),
	requestContext: { http: { method } },
});

/** Whether web pages of this origin may call; the middleware decides it, as for the responses. */
export function allowsOrigin({ after }: Middleware, origin: string): boolean {
	const response = { statusCode: 200, headers: {} as Record<string, string> };
	(after as CorsStep)?.({ event: corsEvent("POST", { origin }), response });
	return response.headers["Access-Control-Allow-Origin"] !== undefined;
}

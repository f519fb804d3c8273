import { type OperationName, operations } from "@skyput/protocol";
import type { Answer } from "../../exchange.js";
import { exchange } from "../exchange.js";
import { type Finding, finding } from "../finding.js";

/** An upload handler to look at. */
export interface EndpointSubject {
	/** Where the handler is mounted, without a slash at the end. */
	readonly url: string;
	/** Origins of the pages that upload; without any, CORS is not tried. */
	readonly origins: readonly string[];
	/** Headers of every call, such as `authorization`. */
	readonly headers: Readonly<Record<string, string>>;
	/** A key to store a small object at; without one, nothing is stored. `{random}` becomes a UUID. */
	readonly key?: string | undefined;
	/** The type of that object. @default "text/plain" */
	readonly contentType?: string | undefined;
	/** Ends the checks before the next upload. @default never */
	readonly signal?: AbortSignal | undefined;
}

/** The path of an operation below the base path: empty, or with a slash before it. */
export const pathOf = (operation: OperationName): string =>
	operations[operation].path && `/${operations[operation].path}`;

/** Posts to the path of an operation as a page of the first origin would. @throws NoAnswerError */
export function post(
	{ url, headers, origins }: EndpointSubject,
	operation: OperationName,
	body: object,
): Promise<Answer> {
	const [origin] = origins;
	return exchange(url + pathOf(operation), {
		method: "POST",
		headers: { "content-type": "application/json", ...(origin ? { origin } : {}), ...headers },
		body: JSON.stringify(body),
	});
}

/** The body of an error, as the contract has it. */
export interface ProblemBody {
	readonly code: string;
	readonly detail: string;
	readonly requestId: string;
}

/** The members of a JSON object; none of anything else. */
export function membersOf({ text }: Answer): Readonly<Record<string, unknown>> {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === "object" && value !== null ? { ...value } : {};
	} catch {
		return {};
	}
}

/** The error of an upload handler; undefined for any other answer. */
export function problemOf(answer: Answer): ProblemBody | undefined {
	const { code, detail, requestId } = membersOf(answer);
	const isOurs =
		answer.headers.get("content-type")?.startsWith("application/problem+json") &&
		typeof code === "string" &&
		typeof requestId === "string";
	return isOurs ? { code, requestId, detail: String(detail ?? "") } : undefined;
}

/** What an answer is that no upload handler gave. @param what - The call, for the message */
export function foreignFinding(answer: Answer, what: string, url: string): Finding {
	const { status, headers } = answer;
	const type = headers.get("content-type") ?? "no content type";
	const isHtml = type.includes("html");
	const got = `${what} got ${status} (${type}), which is not an answer of an upload handler.`;
	if (status >= 300 && status < 400) return redirected(headers.get("location"), what, url);
	// how API Gateway says that it has no such route
	const isUnrouted = headers.get("x-amzn-errortype")?.startsWith("MissingAuthenticationToken");
	if (status === 404 || isUnrouted) return finding("endpoint-not-found", got);
	if (status === 401 || status === 403) return finding("endpoint-refused", got);
	if (status === 405) return finding("operation-not-mounted", got);
	if (status >= 500) return finding("endpoint-failing", got);
	return finding(isHtml ? "endpoint-html" : "endpoint-foreign", got);
}

function redirected(location: string | null, what: string, url: string): Finding {
	const target = URL.parse(location ?? "", url);
	if (!target) return finding("endpoint-redirects", `${what} is redirected to nowhere.`);
	// a login's redirect may carry secrets
	const place = `${target.origin}${target.pathname}`;
	const isSameHost = target.hostname === new URL(url).hostname;
	const fix = isSameHost ? `endpoint: "${place}"` : undefined;
	return finding("endpoint-redirects", `${what} is redirected to ${place}.`, fix);
}

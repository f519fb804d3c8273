import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** An event of an API Gateway HTTP API, payload format 2.0. */
export interface GatewayEvent {
	readonly version: "2.0";
	readonly routeKey: string;
	/** Starts with the stage's name, unless the stage is `$default`. */
	readonly rawPath: string;
	readonly rawQueryString: string;
	readonly cookies?: string[] | undefined;
	/** Lower-case names; the values of repeated headers are joined by commas. */
	readonly headers: Record<string, string>;
	/** Decoded; the values of repeated names are joined by commas. */
	readonly queryStringParameters?: Record<string, string> | undefined;
	readonly requestContext: {
		readonly accountId: string;
		readonly apiId: string;
		readonly authorizer?: Readonly<Record<string, unknown>> | undefined;
		readonly domainName: string;
		readonly domainPrefix: string;
		readonly http: {
			readonly method: string;
			readonly path: string;
			readonly protocol: string;
			readonly sourceIp: string;
			readonly userAgent: string;
		};
		readonly requestId: string;
		readonly routeKey: string;
		readonly stage: string;
		/** As in the Common Log Format. */
		readonly time: string;
		/** Milliseconds. */
		readonly timeEpoch: number;
	};
	readonly body?: string | undefined;
	readonly isBase64Encoded: boolean;
}

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

const two = (value: number): string => String(value).padStart(2, "0");

function commonLogTime(date: Date): string {
	const day = `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
	return `${day}:${date.toISOString().slice(11, 19)} +0000`;
}

/** Text bodies are passed as they are, all others as base64. */
const textual = /^(text\/|application\/(json|javascript|xml|[\w.-]+\+(json|xml))\b)/i;

function joined(pairs: Iterable<readonly [string, string]>): Record<string, string> {
	// no prototype, so that a header may be named `__proto__`
	const result: Record<string, string> = Object.create(null);
	for (const [name, value] of pairs) {
		result[name] = name in result ? `${result[name]},${value}` : value;
	}
	return result;
}

function* headerPairs(raw: readonly string[]): Generator<readonly [string, string]> {
	for (let index = 0; index < raw.length; index += 2) {
		yield [raw[index]?.toLowerCase() ?? "", raw[index + 1] ?? ""];
	}
}

function bodyOf(body: Buffer, contentType: string): { body?: string; isBase64Encoded: boolean } {
	if (body.length === 0) return { isBase64Encoded: false };
	return textual.test(contentType)
		? { body: body.toString("utf8"), isBase64Encoded: false }
		: { body: body.toString("base64"), isBase64Encoded: true };
}

/** Translates a request to an event. A `stage` other than `$default` is prepended to the path. */
export function toGatewayEvent(
	request: IncomingMessage,
	body: Buffer,
	stage: string,
	authorizer: Readonly<Record<string, unknown>> | undefined,
): GatewayEvent {
	const [path = "/", ...rest] = (request.url ?? "/").split("?");
	const rawQueryString = rest.join("?");
	const rawPath = stage === "$default" ? path : `/${stage}${path}`;
	const { cookie, ...headers } = joined(headerPairs(request.rawHeaders));
	const sourceIp = request.socket.remoteAddress ?? "127.0.0.1";
	const now = new Date();
	return {
		version: "2.0",
		routeKey: "$default",
		rawPath,
		rawQueryString,
		...(cookie === undefined ? {} : { cookies: cookie.split(/[;,]\s*/) }),
		headers: {
			...headers,
			"x-amzn-trace-id": `Root=1-${Math.floor(now.getTime() / 1000).toString(16)}-${randomBytes(12).toString("hex")}`,
			"x-forwarded-for": sourceIp,
			"x-forwarded-port": String(request.socket.localPort ?? 80),
			"x-forwarded-proto": "http",
		},
		...(rawQueryString === ""
			? {}
			: { queryStringParameters: joined(new URLSearchParams(rawQueryString)) }),
		requestContext: {
			accountId: "123456789012",
			apiId: "local",
			...(authorizer === undefined ? {} : { authorizer }),
			domainName: headers["host"] ?? "",
			domainPrefix: "local",
			http: {
				method: request.method ?? "GET",
				path: rawPath,
				protocol: `HTTP/${request.httpVersion}`,
				sourceIp,
				userAgent: headers["user-agent"] ?? "",
			},
			requestId: randomUUID(),
			routeKey: "$default",
			stage,
			time: commonLogTime(now),
			timeEpoch: now.getTime(),
		},
		...bodyOf(body, headers["content-type"] ?? ""),
	};
}

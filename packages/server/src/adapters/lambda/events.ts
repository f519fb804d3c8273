import { UploadError } from "../../errors.js";
import type { HttpRequest } from "../../router.js";

/**
 * The parts of a Lambda HTTP event that are read: API Gateway HTTP API (2.0) and Function URL, REST API
 * (1.0), and Application Load Balancer. Structural, so that no type package is needed.
 */
export interface LambdaEvent {
	readonly version?: string | undefined;
	readonly rawPath?: string | undefined;
	readonly rawQueryString?: string | undefined;
	readonly path?: string | undefined;
	readonly httpMethod?: string | undefined;
	readonly headers?: Readonly<Record<string, string | undefined>> | null | undefined;
	readonly multiValueHeaders?:
		| Readonly<Record<string, readonly string[] | undefined>>
		| null
		| undefined;
	readonly queryStringParameters?: Readonly<Record<string, string | undefined>> | null | undefined;
	readonly multiValueQueryStringParameters?:
		| Readonly<Record<string, readonly string[] | undefined>>
		| null
		| undefined;
	readonly body?: string | null | undefined;
	readonly isBase64Encoded?: boolean | undefined;
	readonly requestContext?:
		| {
				readonly requestId?: string | undefined;
				readonly http?:
					| { readonly method?: string | undefined; readonly path?: string | undefined }
					| undefined;
				readonly elb?: unknown;
				readonly authorizer?: unknown;
				readonly identity?: unknown;
		  }
		| undefined;
}

/** The kinds of event by what they need from an answer. */
export type EventKind = "v2" | "v1" | "alb";

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields =>
	typeof value === "object" && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Which kind of event it is; null for what is no HTTP event. */
export function kindOf(event: Fields): EventKind | null {
	const context = event["requestContext"];
	if (!isObject(context)) return null;
	if (isObject(context["http"]) && event["version"] === "2.0") return "v2";
	if (typeof event["httpMethod"] !== "string") return null;
	return context["elb"] === undefined ? "v1" : "alb";
}

/** Single headers by lower-case name, from single or multi-value ones; anything else is left out. */
export function headersOf(event: Fields): Record<string, string> {
	const headers: Record<string, string> = {};
	const single = event["headers"];
	const multi = event["multiValueHeaders"];
	for (const source of [multi, single]) {
		if (!isObject(source)) continue;
		for (const [name, value] of Object.entries(source)) {
			const text = Array.isArray(value) ? value.at(-1) : value;
			if (typeof text === "string" && name !== "__proto__") headers[name.toLowerCase()] = text;
		}
	}
	return headers;
}

/**
 * A query string from parsed values. REST APIs decode them first, load balancers leave them as sent;
 * multi-value ones win, because single ones hide repeats.
 */
function queryOf(event: Fields, decoded: boolean): string {
	const multi = event["multiValueQueryStringParameters"];
	const single = event["queryStringParameters"];
	const source = isObject(multi) ? multi : isObject(single) ? single : {};
	const encode = (text: string): string =>
		decoded ? encodeURIComponent(text.toWellFormed()) : text;
	return Object.entries(source)
		.flatMap(([name, value]) =>
			(Array.isArray(value) ? value : [value]).map((v) => `${encode(name)}=${encode(textOf(v))}`),
		)
		.join("&");
}

function bodyOf(event: Fields): string | undefined {
	const { body, isBase64Encoded } = event;
	if (typeof body !== "string") return undefined;
	if (isBase64Encoded !== true) return body;
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(body, "base64"));
	} catch (cause) {
		throw new UploadError("invalid-request", "The body is not UTF-8.", { cause });
	}
}

/** A request from any of the four kinds of event. */
export function toCall(
	event: Fields,
	kind: EventKind,
	requestId: string,
	principal: HttpRequest["principal"],
): HttpRequest {
	const context = event["requestContext"];
	const http = isObject(context) && isObject(context["http"]) ? context["http"] : {};
	const v2 = kind === "v2";
	return {
		method: textOf(v2 ? http["method"] : event["httpMethod"]).toUpperCase(),
		path: textOf(v2 ? event["rawPath"] : event["path"]),
		query: v2 ? textOf(event["rawQueryString"]) : queryOf(event, kind === "v1"),
		body: () => bodyOf(event),
		requestId,
		principal,
	};
}

/** An id for one call: the gateway's, else Lambda's own. */
export function requestIdOf(event: Fields, context: unknown): string {
	const gateway = event["requestContext"];
	const fromGateway = isObject(gateway) ? textOf(gateway["requestId"]) : "";
	const fromLambda = isObject(context) ? textOf(context["awsRequestId"]) : "";
	return fromGateway || fromLambda || crypto.randomUUID();
}

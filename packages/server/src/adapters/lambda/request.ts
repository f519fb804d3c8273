import { bodyTooLarge, decodeBody, maxBodySize, writeJson } from "../../operations/read-request.js";
import type { HttpRequest } from "../../router.js";
import { lowerCased } from "../cors.js";
import { type EventFields, type EventKind, isObject, textOf } from "./event.js";

/** Single headers, from single or multi-value ones; values that are not text are left out. */
export function headersAsSent(event: EventFields): Record<string, string> {
	const headers: Record<string, string> = {};
	for (const source of [event["multiValueHeaders"], event["headers"]]) {
		if (!isObject(source)) continue;
		for (const [name, value] of Object.entries(source)) {
			const text = Array.isArray(value) ? value.at(-1) : value;
			if (typeof text === "string" && name !== "__proto__") headers[name] = text;
		}
	}
	return headers;
}

/**
 * A query string from parsed values. Multi-value ones win, because single ones hide repeats.
 *
 * @param decoded - REST APIs decode the values, load balancers leave them as sent.
 */
function queryOf(event: EventFields, decoded: boolean): string {
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

function bodyOf(
	{ body, isBase64Encoded }: EventFields,
	encoding: string | undefined,
): string | undefined {
	// a middleware has decoded it
	if (body instanceof Uint8Array) return decode(body, encoding);
	// a middleware such as http-json-body-parser has read it
	if (typeof body === "object" && body !== null) return writeJson(body);
	if (typeof body !== "string") return undefined;
	// a byte order mark, which decoding removes from bytes
	if (isBase64Encoded !== true) return body.replace(/^\ufeff/, "");
	// decoding costs more than any call of the contract needs
	if (body.length > maxBodySize * 2) throw bodyTooLarge();
	return decode(Buffer.from(body, "base64"), encoding);
}

function decode(bytes: Uint8Array, encoding: string | undefined): string {
	if (bytes.length > maxBodySize) throw bodyTooLarge();
	return decodeBody(bytes, encoding);
}

/** The request of an event, without its id and caller. */
export function toRequest(
	event: EventFields,
	kind: EventKind,
): Pick<HttpRequest, "method" | "path" | "query" | "headers" | "body"> {
	const context = event["requestContext"];
	const http = isObject(context) && isObject(context["http"]) ? context["http"] : {};
	const v2 = kind === "v2";
	const headers = lowerCased(headersAsSent(event));
	return {
		method: textOf(v2 ? http["method"] : event["httpMethod"]).toUpperCase(),
		path: textOf(v2 ? event["rawPath"] : event["path"]),
		query: v2 ? textOf(event["rawQueryString"]) : queryOf(event, kind === "v1"),
		headers,
		body: () => bodyOf(event, headers["content-encoding"]),
	};
}

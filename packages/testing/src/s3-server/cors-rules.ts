import { S3Error } from "./s3-error.js";
import { childrenNamed, childText, malformedXml, readXml, type XmlElement } from "./xml-reader.js";
import { leaf, tree, type Xml } from "./xml-writer.js";

/** One rule of a bucket's CORS configuration. */
export interface CorsRule {
	readonly id?: string;
	/** Each may contain one `*`. */
	readonly origins: readonly string[];
	readonly methods: readonly string[];
	/** Each may contain one `*`; case-insensitive. */
	readonly headers: readonly string[];
	readonly expose: readonly string[];
	/** Seconds. */
	readonly maxAge?: number;
}

/** The cross-origin facts of a request. */
export interface CorsRequest {
	readonly origin: string;
	readonly method: string;
	/** Only of a preflight. */
	readonly requestHeaders: readonly string[];
}

/** Allows any origin and header, so that a page on any local port can upload. */
export const permissiveCors: readonly CorsRule[] = [
	{
		origins: ["*"],
		methods: ["GET", "PUT", "POST", "HEAD"],
		headers: ["*"],
		expose: [
			"ETag",
			"x-amz-request-id",
			"x-amz-version-id",
			"x-amz-checksum-crc32",
			"x-amz-checksum-crc32c",
			"x-amz-checksum-crc64nvme",
			"x-amz-checksum-sha1",
			"x-amz-checksum-sha256",
			"x-amz-checksum-type",
		],
		maxAge: 3000,
	},
];

/** Matches text against a pattern with at most one `*`. */
function matchesPattern(text: string, pattern: string): boolean {
	const [start = "", end] = pattern.split("*");
	return end === undefined
		? text === pattern
		: text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end);
}

function allows(rule: CorsRule, { origin, method, requestHeaders }: CorsRequest): boolean {
	return (
		rule.origins.some((pattern) => matchesPattern(origin, pattern)) &&
		rule.methods.includes(method) &&
		requestHeaders.every((header) =>
			rule.headers.some((pattern) => matchesPattern(header.toLowerCase(), pattern.toLowerCase())),
		)
	);
}

/** The CORS headers of the first rule that allows the request; undefined when none does. */
export function corsHeaders(
	rules: readonly CorsRule[],
	request: CorsRequest,
): Readonly<Record<string, string>> | undefined {
	const rule = rules.find((candidate) => allows(candidate, request));
	if (rule === undefined) return undefined;
	const any = rule.origins.includes("*");
	const { requestHeaders } = request;
	return {
		"access-control-allow-origin": any ? "*" : request.origin,
		...(any ? {} : { "access-control-allow-credentials": "true" }),
		"access-control-allow-methods": rule.methods.join(", "),
		...(requestHeaders.length > 0
			? { "access-control-allow-headers": requestHeaders.join(", ").toLowerCase() }
			: {}),
		...(rule.expose.length > 0 ? { "access-control-expose-headers": rule.expose.join(", ") } : {}),
		...(rule.maxAge === undefined ? {} : { "access-control-max-age": String(rule.maxAge) }),
		vary: "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
	};
}

const knownMethods = ["GET", "PUT", "POST", "DELETE", "HEAD"];

function parseRule(element: XmlElement): CorsRule {
	const texts = (name: string): string[] => childrenNamed(element, name).map(({ text }) => text);
	const origins = texts("AllowedOrigin");
	const methods = texts("AllowedMethod");
	const headers = texts("AllowedHeader");
	if (origins.length === 0 || methods.length === 0) throw malformedXml();
	for (const pattern of [...origins, ...headers]) {
		if (pattern.split("*").length > 2) {
			throw new S3Error("InvalidRequest", `"${pattern}" can not have more than one wildcard.`);
		}
	}
	const unknown = methods.find((method) => !knownMethods.includes(method));
	if (unknown !== undefined) {
		throw new S3Error(
			"InvalidRequest",
			`Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`,
		);
	}
	const id = childText(element, "ID");
	const maxAge = childText(element, "MaxAgeSeconds");
	if (maxAge !== undefined && !/^\d+$/.test(maxAge)) throw malformedXml();
	return {
		...(id === undefined ? {} : { id }),
		origins,
		methods,
		headers,
		expose: texts("ExposeHeader"),
		...(maxAge === undefined ? {} : { maxAge: Number(maxAge) }),
	};
}

export function readCorsRules(document: string): readonly CorsRule[] {
	const root = readXml(document);
	const rules = childrenNamed(root, "CORSRule").map(parseRule);
	if (root.name !== "CORSConfiguration" || rules.length === 0 || rules.length > 100) {
		throw malformedXml();
	}
	return rules;
}

export function writeCorsRules(rules: readonly CorsRule[]): readonly Xml[] {
	return rules.map((rule) =>
		tree("CORSRule", [
			leaf("ID", rule.id),
			...rule.methods.map((method) => leaf("AllowedMethod", method)),
			...rule.origins.map((origin) => leaf("AllowedOrigin", origin)),
			...rule.headers.map((header) => leaf("AllowedHeader", header)),
			leaf("MaxAgeSeconds", rule.maxAge),
			...rule.expose.map((header) => leaf("ExposeHeader", header)),
		]),
	);
}

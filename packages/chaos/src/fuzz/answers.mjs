// What an endpoint and a storage that belong to somebody else answer.
import fc from "fast-check";
import { damage, wild } from "./values.mjs";

/** URLs that are no storage, or none that a plan may name. Nothing outside of this machine. */
const urls = [
	"http://{storage}/x",
	"HTTP://{storage}/x?{partNumber}&{value}",
	"http://user:pass@{storage}/x",
	"https://{storage}/x",
	"ftp://{storage}/x",
	"//{storage}/x",
	"file:///etc/passwd",
	"javascript:alert(1)",
	"data:,x",
	"blob:x",
	"http://",
	"http://127.0.0.1:99999/",
	"http://127.0.0.1:1/",
	"http:\\\\127.0.0.1:1\\x",
	"",
];
/** Values for any member of a plan. */
const planWild = fc.oneof(
	{ weight: 4, arbitrary: wild },
	{ weight: 2, arbitrary: fc.constantFrom(...urls) },
	fc.constantFrom(
		"DELETE",
		"GET",
		"multipart",
		"single",
		"digest",
		{ host: "internal.example" },
		{ "Transfer-Encoding": "chunked" },
		{ "content-length": "1" },
		{ cookie: "a=b" },
		{ "x-a\r\nx-b": "c" },
		{ "x-a": "b\r\nx-c: d" },
		{ "x-a": 1 },
		{ "x-a": "é\u0000" },
		["http://{storage}/x"],
		[],
		{ 200: "exists" },
		{ 200: "resign", 500: "ask" },
		{ algorithm: "md5", header: "host", encoding: "base64" },
		{ algorithm: "none", header: "content-md5", encoding: "base64" },
	),
);
const planEdits = fc.oneof(
	{ weight: 1, arbitrary: fc.constant([]) },
	{ weight: 3, arbitrary: fc.array(fc.tuple(fc.nat(), planWild), { minLength: 1, maxLength: 3 }) },
);

const validity = { expiresIn: 300, expiresAt: "2026-01-01T00:00:00Z" };
const identity = { v: 1, key: "a", uploadId: "id", token: "secret-token" };
const method = "PUT";
const headers = { "content-type": "text/plain" };
const window = {
	...validity,
	method,
	urls: ["http://{storage}/part?n={partNumber}&s={value}"],
	headers: {},
	receiptHeader: "etag",
};
const values = (first, count) => Array.from({ length: count }, (_, n) => `secret-${first + n}`);

/** Right replies for a file of `size` bytes in parts of 10. */
const replies = {
	single: () => ({
		...identity,
		kind: "single",
		request: {
			...validity,
			method,
			url: "http://{storage}/one?s=secret-1",
			headers,
			receiptHeader: "etag",
		},
		confirm: false,
	}),
	confirmed: () => ({ ...replies.single(), confirm: true, algorithm: "crc32" }),
	multipart(size) {
		const partCount = size === null ? null : Math.max(1, Math.ceil(size / 10));
		const count = Math.min(partCount ?? 3, 3);
		const first = { ...window, first: 1, count, values: values(1, count) };
		return {
			...identity,
			kind: "multipart",
			size,
			partSize: 10,
			partCount,
			window: first,
			algorithm: "crc32",
		};
	},
	digest: () => ({ v: 1, kind: "digest", algorithm: "sha256" }),
	parts: (_, { first = 1, count = 1 } = {}) => ({
		...window,
		first,
		count: Math.min(count, 100),
		values: values(first, Math.min(count, 100)),
	}),
	list: (size) => ({
		parts: Array.from({ length: Math.ceil((size ?? 30) / 10) }, (_, n) => ({
			partNumber: n + 1,
			size: 10,
			receipt: '"e"',
		})),
	}),
	/** Pages that never end. */
	pages: (_, { after = 0 } = {}) => ({ parts: [], next: after + 1 }),
	complete: (size) => ({ key: "a", size, etag: '"e"', verified: false }),
	pending: () => ({ state: "pending", retryAfter: 1 }),
	problem: () => ({
		type: "about:blank",
		title: "x",
		status: 409,
		code: "conflict",
		detail: "x",
		requestId: "1",
	}),
	nothing: () => ({ parts: [] }),
};

const status = fc.oneof(
	{ weight: 6, arbitrary: fc.constantFrom(200, 201) },
	fc.constantFrom(202, 301, 307, 308, 400, 401, 403, 404, 409, 410, 413, 422, 429, 500, 502, 503),
);
const answerHeaders = fc.oneof(
	{ weight: 5, arbitrary: fc.constant({}) },
	fc.constantFrom(
		{ "content-type": "application/problem+json" },
		{ "content-type": "text/html" },
		{ "retry-after": "99999999999999" },
		{ "retry-after": "-1" },
		{ "retry-after": "Thu, 01 Jan 2099 00:00:00 GMT" },
		{ location: "http://{foreign}/x" },
		{ location: "/elsewhere" },
		{ location: "http://" },
	),
);

/** One answer of the endpoint. */
const reply = (...kinds) =>
	fc.record({
		status,
		headers: answerHeaders,
		reply: fc.constantFrom(...kinds),
		edits: planEdits,
		raw: fc.oneof(
			{ weight: 12, arbitrary: fc.constant(undefined) },
			fc.constantFrom("", "null", "[]", '"x"', "<html>", "{", "9".repeat(1000), "huge", "deep"),
		),
	});

/** Everything that one endpoint answers: the same again and again, as a broken one does. */
export const endpointAnswers = fc.record({
	"": reply("single", "confirmed", "multipart", "multipart", "digest", "problem"),
	parts: reply("parts", "parts", "problem"),
	list: reply("list", "nothing", "pages", "problem"),
	complete: reply("complete", "complete", "pending", "problem"),
	abort: reply("nothing", "problem"),
});

/** How the storage answers a PUT. */
export const storageAnswer = fc.record({
	status: fc.oneof(
		{ weight: 6, arbitrary: fc.constant(200) },
		fc.constantFrom(204, 301, 307, 308, 400, 403, 404, 409, 412, 413, 500, 501, 503),
	),
	headers: fc.oneof(
		{ weight: 6, arbitrary: fc.constant({ etag: '"e"' }) },
		fc.constantFrom(
			{},
			{ etag: 'W/"e"' },
			{ etag: "" },
			{ etag: '"e"', location: "http://{foreign}/x" },
			{ etag: '"e"', "content-type": "text/html" },
			{ "retry-after": "99999999999999" },
		),
	),
	body: fc.constantFrom("", "", "<Code>AccessDenied</Code>", "<html></html>", "huge"),
	breaks: fc.oneof({ weight: 9, arbitrary: fc.constant(false) }, fc.constant(true)),
});

/** The body of an answer to one call. */
export function bodyOf({ reply, edits, raw }, size, request, fill) {
	if (raw === "huge") return `{"kind":"${"x".repeat(1_500_000)}"}`;
	if (raw === "deep") return "[".repeat(100_000) + "]".repeat(100_000);
	return raw ?? fill(JSON.stringify(damage(replies[reply](size, request), edits)));
}

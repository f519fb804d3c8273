// Requests of strangers, and how each gateway and server hands them to a handler.
import fc from "fast-check";
import { anyText, edits, hostileKey, wild } from "./values.mjs";

/** Lambda events by gateway, then the two adapters for requests. */
const shapes = [
	"http-api-2.0",
	"http-api-1.0",
	"rest",
	"function-url",
	"alb",
	"alb-multi-value",
	"parsed",
	"web",
	"web-event",
	"node",
	"node-parsed",
];

const gets = ["rules", "download"].map((name) => `/uploads/${name}`);
const posts = ["parts", "list", "complete", "abort", "delete", "status"].map(
	(name) => `/uploads/${name}`,
);
const size = fc.oneof(
	fc.nat(64),
	fc.constantFrom(0, 1_000_000, 1_000_001, 100_000_001, 60e6, 5e12),
	fc.constant(null),
);
const maybe = (arbitrary, weight = 30) =>
	fc.oneof({ weight, arbitrary }, { weight: 1, arbitrary: wild });

const create = fc.record(
	{
		v: maybe(fc.constant(1)),
		key: maybe(hostileKey),
		size: maybe(size),
		contentType: maybe(
			fc.constantFrom("image/png", "text/html; charset=utf-8", "image/svg+xml", "a/b\r\nc: d"),
		),
		multipart: maybe(fc.boolean()),
		kinds: maybe(fc.constantFrom(["single", "multipart", "digest"], ["single"], [])),
		metadata: fc.oneof(
			{ weight: 6, arbitrary: fc.constant(undefined) },
			fc.dictionary(fc.constantFrom("owner", "Owner", "a-b", "é"), wild),
			wild,
		),
		algorithms: maybe(fc.subarray(["crc32", "crc32c", "crc64nvme", "sha256", "md5"])),
		checksums: maybe(fc.constant([{ algorithm: "crc32", value: "AAAAAA==" }])),
	},
	{ requiredKeys: ["v", "key", "size"] },
);
/** A token of an upload that was begun before, perhaps with another character at one place. */
const token = fc.record({
	upload: fc.nat(),
	at: fc.option(fc.nat(), { freq: 1 }),
	character: fc.constantFrom("A", "b", ".", "-", "=", "é", ""),
});
const later = fc.record(
	{
		token: maybe(token),
		key: hostileKey,
		first: fc.oneof(fc.integer({ min: -1, max: 12 }), wild),
		count: fc.oneof(fc.integer({ min: -1, max: 2000 }), wild),
		lastSize: fc.oneof(fc.nat(10), wild),
		after: fc.oneof(fc.integer({ min: -1, max: 60_000 }), wild),
		size: maybe(size),
		checksum: fc.oneof(fc.constant({ algorithm: "crc32", value: "AAAAAA==" }), wild),
		receipts: wild,
		host: wild,
	},
	{ requiredKeys: [] },
);
/** Bodies that are no JSON object, or one that costs more than its length. */
const text = fc.oneof(
	anyText,
	fc.constantFrom(
		'{"v":1,"__proto__":{}}',
		'{"\\u005f_proto__":1}',
		"null",
		"[]",
		'"x"',
		"{",
		"﻿{}",
	),
	fc
		.tuple(fc.constantFrom("[", '{"a":', " ", "\u0301", '"', "\\"), fc.nat(70_000))
		.map(([unit, times]) => unit.repeat(times)),
	fc.nat(40_000).map((levels) => `{"v":1,"metadata":${"[".repeat(levels)}${"]".repeat(levels)}}`),
);

const query = fc.oneof(
	{
		weight: 4,
		arbitrary: fc.record(
			{
				key: hostileKey,
				size: maybe(fc.nat(64).map(String)),
				contentType: fc.constantFrom("image/png", "text/html"),
				filename: maybe(fc.constantFrom("a.png", "a/b", "\u202egnp", "x".repeat(300))),
				disposition: fc.constantFrom("inline", "attachment", "form-data"),
				redirect: fc.constantFrom("true", "1", ""),
				checksum: fc.constantFrom("crc32:AAAAAA==", "crc32:", ":", "md5:x"),
			},
			{ requiredKeys: ["key"] },
		),
	},
	{ weight: 1, arbitrary: fc.dictionary(fc.string({ maxLength: 9 }), fc.string({ maxLength: 9 })) },
);
const encode = (value) =>
	encodeURIComponent((typeof value === "string" ? value : JSON.stringify(value)).toWellFormed());
const rawQuery = fc.oneof(
	{
		weight: 9,
		arbitrary: query.map((values) =>
			Object.entries(values)
				.map(([name, value]) => `${encode(name)}=${encode(value)}`)
				.join("&"),
		),
	},
	fc.constantFrom("key=open/a&key=closed/a", "key=%ff", "key=%", "&&=&", "key", "?key=open/a"),
);

const header = fc.constantFrom(
	"origin",
	"sec-fetch-site",
	"x-request-id",
	"x-forwarded-host",
	"authorization",
	"content-encoding",
	"__proto__",
);
const headerValue = fc.oneof(
	fc.constantFrom("https://app.example", "null", "cross-site", "same-origin", "7", "gzip", "*"),
	fc.string({ unit: "binary-ascii", maxLength: 30 }).map((s) => s.replace(/[^\x20-\x7e]/g, "?")),
);
const contentType = fc.oneof(
	{ weight: 9, arbitrary: fc.constant("application/json") },
	fc.constantFrom(
		"application/json; charset=utf-8",
		"text/plain",
		"",
		"APPLICATION/JSON",
		undefined,
	),
);
const caller = fc.oneof(
	{ weight: 6, arbitrary: fc.constantFrom("7", "8", undefined) },
	fc.constantFrom("", "7/../8", "..", "\u0000"),
);

const anyMethod = fc.constantFrom("GET", "POST", "OPTIONS", "PUT", "HEAD", "DELETE", "PATCH");
const anyPath = fc.constantFrom(
	...["/", "/uploads/", "//x//list/", "/uploads/../x", "/%2e%2e/list", "/parts%00"],
	...gets,
	...posts,
);
const anyBody = fc.oneof(
	fc.record({ json: create, edits }),
	fc.record({ json: later, edits }),
	fc.record({ text }),
	fc.constant({}),
);
const call = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.record({
			method: fc.constant("POST"),
			path: fc.constant("/uploads"),
			query: fc.constant(""),
			body: fc.record({ json: create, edits }),
		}),
	},
	{
		weight: 6,
		arbitrary: fc.record({
			method: fc.constant("POST"),
			path: fc.constantFrom(...posts),
			query: fc.constant(""),
			body: fc.record({ json: later, edits }),
		}),
	},
	{
		weight: 4,
		arbitrary: fc.record({
			method: fc.constant("GET"),
			path: fc.constantFrom("/uploads", ...gets),
			query: rawQuery,
			body: fc.constant({}),
		}),
	},
	{
		weight: 4,
		arbitrary: fc.record({ method: anyMethod, path: anyPath, query: rawQuery, body: anyBody }),
	},
);

/** A request before any gateway has translated it. */
export const request = fc
	.record({
		call,
		shape: fc.constantFrom(...shapes),
		headers: fc.oneof(
			{ weight: 2, arbitrary: fc.constant({}) },
			fc.dictionary(header, headerValue, { maxKeys: 3 }),
		),
		contentType,
		caller,
		base64: fc.boolean(),
		/** Of the event as a whole. */
		eventEdits: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, edits),
	})
	.map(({ call, ...rest }) => ({ ...call, ...rest }));

import { describe, expect, test } from "vitest";
import { errorCodes } from "#protocol";
import { redact, toProblem, UploadError } from "../src/errors.js";
import { uploadError } from "../src/providers/s3/errors.js";
import { defineUploads } from "../src/uploads/define-uploads.js";
import { createBody, serve, silentLog } from "./support/call.js";
import { abilities, memoryProvider } from "./support/memory-provider.js";
import { begin, mib } from "./support/multipart.js";

const uploads = defineUploads({
	"files/*path": { authorize: "public" },
	"small/:name": {
		authorize: "public",
		minSize: 10,
		maxSize: "5 MB",
		contentTypes: ["image/png", "image/jpeg"],
		extensions: ["png", "jpg"],
	},
});
const server = (capabilities = abilities) =>
	serve({ uploads, log: silentLog(), provider: memoryProvider(capabilities) });
const png = { contentType: "image/png" };
const create = (key: string, size: number | null, members: object = {}) =>
	server().post("", createBody(key, size, members));

describe("an error carries the numbers and names of its sentence in values", () => {
	test.each<[what: string, call: () => Promise<{ body: object }>, values: object]>([
		["a large file", () => create("small/a.png", 6e6, png), { size: 6e6, limit: 5e6 }],
		["a file that is too small", () => create("small/a.png", 9, png), { size: 9, limit: 10 }],
		[
			"a file beyond the storage's limit",
			() => create("files/a", 60e12),
			{ size: 60e12, limit: 50e12 },
		],
		[
			"a type",
			() => create("small/a.png", 10, { contentType: "text/html" }),
			{ contentType: "text/html", accepted: "image/png, image/jpeg" },
		],
		[
			"an extension",
			() => create("small/a.exe", 10, png),
			{ extension: "exe", accepted: ".png, .jpg" },
		],
		["a long key", () => create(`files/${"a".repeat(1100)}`, 1), { limit: 1024 }],
		["a key of 9 kB", () => create(`files/${"a".repeat(9000)}`, 1), { limit: 1024 }],
		["a segment", () => create("files/../a", 1), { segment: ".." }],
		["a reserved key", () => create(".skyput/a", 1), { segment: ".skyput" }],
		["combining marks", () => create(`files/${"\u0301".repeat(31)}`, 1), { limit: 30 }],
		["a member", () => create("files/a", 1, { multipart: "yes" }), { name: "multipart" }],
		["a size that is missing", () => server().post("", { v: 1, key: "files/a" }), { name: "size" }],
		[
			"a list that is too long",
			() => create("files/a", 1, { algorithms: Array.from({ length: 17 }, () => "crc32") }),
			{ name: "algorithms", limit: 16 },
		],
		[
			"a digest of a wrong length",
			() => create("files/a", 1, { checksums: [{ algorithm: "crc32", value: "AA==" }] }),
			{ name: "checksums", algorithm: "crc32", length: 4 },
		],
		[
			"a plan that the client does not support",
			() => create("files/a", null, { kinds: ["single"] }),
			{ kind: "multipart" },
		],
		["a long body", () => create("files/a", 1, { pad: "x".repeat(64_000) }), { limit: 64_000 }],
		["a deep body", () => server().post("", `${"[".repeat(40)}${"]".repeat(40)}`), { limit: 32 }],
		["a query", () => server().get("key=files/a&key=files/b"), { name: "key" }],
		[
			"a method",
			() => server().send("DELETE", "/uploads"),
			{ method: "DELETE", allowed: "GET, POST" },
		],
		[
			"a page of another site",
			() =>
				server().send("POST", "/uploads", {
					body: createBody("files/a", 1),
					headers: { origin: "https://evil.example", "sec-fetch-site": "cross-site" },
				}),
			{ origin: "https://evil.example" },
		],
		[
			"a body of another type",
			() =>
				server().send("POST", "/uploads", {
					body: createBody("files/a", 1),
					headers: { "content-type": "text/plain" },
				}),
			{ accepted: "application/json", contentType: "text/plain" },
		],
		[
			"a part that does not exist",
			async () => {
				const multipart = server();
				const token = await begin(multipart);
				return multipart.post("parts", { token, first: 9, count: 1 });
			},
			{ name: "first", partNumber: 9, limit: 3 },
		],
		[
			"parts that are missing",
			async () => {
				const multipart = server();
				const token = await begin(multipart);
				multipart.provider.storeParts("upload-1", [16 * mib]);
				return multipart.post("complete", { token });
			},
			{ count: 2 },
		],
		[
			"a caller who asks too often",
			() =>
				serve({
					uploads,
					log: silentLog(),
					rateLimit: { take: async () => ({ ok: false, retryAfter: 7 }) },
				}).get("key=files/a"),
			{ seconds: 7 },
		],
		[
			"a text that is no type",
			() => create("files/a", 1, { contentType: "png" }),
			{ name: "contentType" },
		],
		[
			"a bucket that requires digests",
			() =>
				server({
					...abilities,
					checksums: { ...abilities.checksums, single: ["md5"], required: true },
				}).get("key=files/a"),
			{ name: "checksum", accepted: "md5" },
		],
	])("%s", async (_, call, values) => {
		expect((await call()).body).toMatchObject({ values });
	});

	const refusal = (name: string, status: number, members: object = {}) =>
		Object.assign(new Error(name), { name, $metadata: { httpStatusCode: status }, ...members });
	const settings = { bucket: "films", region: "eu-west-1" };

	test.each([
		[
			"another region",
			refusal("PermanentRedirect", 301, { Region: "us-east-2" }),
			0,
			{
				bucket: "films",
				region: "eu-west-1",
				actualRegion: "us-east-2",
			},
		],
		["no bucket", refusal("NoSuchBucket", 404), 0, { bucket: "films" }],
		["the server's clock", refusal("RequestTimeTooSkewed", 403), 1200, { seconds: 1200 }],
		["any other answer", refusal("Teapot", 418), 0, { status: 418, name: "Teapot" }],
	])("a storage that names %s", (_, cause, skew, values) => {
		expect(uploadError(cause, "begin the upload", settings, skew).values).toEqual(values);
	});
});

const about = { requestId: "1", typeBase: "https://docs.example/errors/" };

test("values are redacted as the sentence is", () => {
	const contentType = "https://b.example/k?X-Amz-Signature=abc";
	const error = new UploadError("unsupported-type", "No.", { values: { contentType, limit: 1 } });
	expect(toProblem(error, about).values).toEqual({ contentType: redact(contentType), limit: 1 });
});

test("an error without numbers and names has no values", () => {
	expect(toProblem(new UploadError("conflict", "No."), about)).not.toHaveProperty("values");
});

describe("the type of an error", () => {
	test("leads to the documentation, which has every code", async () => {
		const { readFile } = await import("node:fs/promises");
		const page = await readFile(new URL("../../../docs/errors.md", import.meta.url), "utf8");
		const { body } = await create("small/a.png", 6e6, png);
		expect(body["type"]).toBe("https://skyput.dev/errors#too-large");
		for (const code of Object.keys(errorCodes)) expect(page).toContain(`\n### ${code}\n`);
	});

	test("begins with the option problemTypeBase, in every answer", async () => {
		const own = serve({ uploads, log: silentLog(), problemTypeBase: about.typeBase });
		const { body } = await own.post("", createBody("none/a", 1));
		expect(body["type"]).toBe("https://docs.example/errors/unauthenticated");
		expect((await own.send("PUT", "/uploads")).body["type"]).toBe(
			"https://docs.example/errors/method-not-allowed",
		);
	});

	test.each(["", "errors", "/errors/", "javascript:alert(1)", "mailto:a@b.example"])(
		"cannot begin with %j",
		(problemTypeBase) => {
			expect(() => serve({ problemTypeBase })).toThrow(/problemTypeBase must be an absolute URL/);
		},
	);
});

const token = `${"A".repeat(40)}.${"b".repeat(43)}`;

test.each([
	[
		"a URL's query",
		"see (https://s3.example/a?X=secret) now",
		"see (https://s3.example/a?[removed]) now",
	],
	["a query after another URL", "http://a/http://b?secret", "http://a/http://b?[removed]"],
	["a signature alone", "Key X-Amz-Signature=secret&x", "Key [removed]&x"],
	["an upload token", `token ${token}`, "token [removed]"],
	["a JSON Web Token", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiI3In0.", "Bearer [removed]"],
	["an access key id", "ASIASECRETSECRETSECR", "[removed]"],
])("%s is removed", (_what, text, expected) => {
	expect(redact(text)).toBe(expected);
});

test.each(["a", "a.a", "a://", "-eyJ", "X-Amz-", "a-", "AKIA", "eyJa."])(
	"redacting %s, repeated to 64 kB, costs a small multiple of copying it",
	(unit) => {
		const text = unit.repeat(64_000 / unit.length);
		redact(text);
		const { user } = process.cpuUsage();
		redact(text);
		// quadratic patterns took one to ten seconds
		expect(process.cpuUsage().user - user).toBeLessThan(200_000);
	},
);

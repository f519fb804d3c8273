import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorCodes } from "#protocol";
import { redact, removeSecrets, toProblem, UploadError } from "../src/errors.js";
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
	const settings = { bucket: "films", region: "eu-west-1", endpoint: null };

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

test("values and single problems are redacted as the sentence is", () => {
	const contentType = "https://b.example/k?X-Amz-Signature=abc";
	const values = { contentType, limit: 1 };
	const errors = [{ field: contentType, detail: contentType, partNumber: 1 }];
	const error = new UploadError("unsupported-type", "No.", { values, errors });
	const removed = redact(contentType);
	expect(toProblem(error, about)).toMatchObject({
		values: { contentType: removed, limit: 1 },
		errors: [{ field: removed, detail: removed, partNumber: 1 }],
	});
});

test("an error without numbers and names has no values", () => {
	expect(toProblem(new UploadError("conflict", "No."), about)).not.toHaveProperty("values");
});

describe("the type of an error", () => {
	test("leads to the documentation, which has a page for every code", async () => {
		const { access } = await import("node:fs/promises");
		const { body } = await create("small/a.png", 6e6, png);
		expect(body["type"]).toBe("https://skyput.dev/errors/too-large");
		for (const code of Object.keys(errorCodes))
			await access(new URL(`../../../docs/errors/${code}.md`, import.meta.url));
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

/** A text with a private key whose lines end so. */
const pemOf = (newline: string, before = "", after = ""): string =>
	[
		`${before}-----BEGIN PRIVATE KEY-----`,
		"c2VjcmV0",
		"c2U=",
		`-----END PRIVATE KEY-----${after}`,
	].join(newline);

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
	["a token of a scheme in small letters", "bearer 0123456789abc", "bearer [removed]"],
	["a name and password in small letters", "basic dXNlcjpwYXNz", "basic [removed]"],
	[
		"a name and password",
		"Authorization: Basic dXNlcjpwYXNz, x",
		"Authorization: Basic [removed], x",
	],
	["an access key id", "ASIASECRETSECRETSECR", "[removed]"],
	["a query after a path", "PUT /b/a?sv=1&sig=secret failed", "PUT /b/a?[removed] failed"],
	[
		"a URL within a URL",
		"to=https%3A%2F%2Fh%2Fa%3FX%3Dsecret",
		"to=https%3A%2F%2Fh%2Fa%3F[removed]",
	],
	["an encoded signature alone", "X-Amz-Signature%3Dsecret", "[removed]"],
	["a signature of Azure alone", "sig=secret%3D&x", "sig=[removed]&x"],
	[
		"a session token in a header",
		"x-amz-security-token: secret/+",
		"x-amz-security-token: [removed]",
	],
	[
		"a signature in a header",
		"SignedHeaders=host, Signature=secret",
		"SignedHeaders=host, Signature=[removed]",
	],
	["an account key", "AccountKey=secret==;x", "AccountKey=[removed];x"],
	[
		"an opaque token in a header",
		"Authorization: Bearer secretsecret",
		"Authorization: Bearer [removed]",
	],
	["a password in a URL", "redis://me:secret@h/0", "redis://[removed]@h/0"],
	["a password of signs in a URL", "redis://me:s@e/c?r#t@h/0", "redis://[removed]@h/0"],
	["a private key", pemOf("\n", "no ", " in it"), "no [removed] in it"],
	["a private key in JSON", pemOf("\\n", '{"k":"', '"}'), '{"k":"[removed]"}'],
	["a private key that is cut off", pemOf("\n").slice(0, -30), "[removed]"],
	["an encrypted JSON Web Token", "eyJhbGciOiJkaXIifQ..aXY.c2VjcmV0.dGFn", "[removed]"],
	["a member", "{ secretAccessKey: 'se,c ret' }", "{ secretAccessKey: '[removed]' }"],
	["a member of JSON", '{"client_secret":"se\\"cret"}', '{"client_secret":"[removed]"}'],
	[
		"a member of JSON in JSON",
		'"{\\"sessionToken\\":\\"secret\\",\\"a\\":1}"',
		'"{\\"sessionToken\\":\\"[removed]\\",\\"a\\":1}"',
	],
	["a variable", "AWS_SECRET_ACCESS_KEY=secret x", "AWS_SECRET_ACCESS_KEY=[removed] x"],
	["a line of a file", "aws_secret_access_key = secret", "aws_secret_access_key = [removed]"],
	["a connection string", "Uid=sa;Pwd=secret;Encrypt=yes", "Uid=sa;Pwd=[removed];Encrypt=yes"],
	["an encoded value", "password%3Dsecret%26", "password%3D[removed]"],
	["a header of your own", "x-api-key: secret1", "x-api-key: [removed]"],
	["a cookie", "Cookie: a=secret; b=secret", "Cookie: [removed]"],
	[
		"a cookie in a list",
		"{ 'set-cookie': [ 'a=secret; Path=/' ] }",
		"{ 'set-cookie': [ '[removed]' ] }",
	],
	["a signed header in JSON", '"X-Goog-Signature": "secret"', '"X-Goog-Signature": "[removed]"'],
	["a key with a blank in its name", "API key: secret12, x", "API key: [removed], x"],
	["a line of words", "Secret access key = secret", "Secret access key = [removed]"],
	["a secret key after its id", `ASIASECRETSECRETSECR ${"secr".repeat(10)} x`, "[removed] x"],
	["both in one text", `AKIASECRETSECRETSECR:${"se/+".repeat(10)}`, "[removed]"],
	["an id of Google's keys", "GOOG1ESECRETSECRETSECRET", "[removed]"],
	...[
		...["ghp_", "ghs_", "github_pat_11A_", "glpat-", "npm_", "xoxb-1-", "xapp-1-", "sk_live_"],
		...["rk_test_", "whsec_", "sk-", "sk-proj-", "sk-ant-api03-_", "AIzaSy-", "ya29.a0-"],
	].map((start) => [`a token ${start}…`, `(${start}${"secret12".repeat(4)})`, "([removed])"]),
])("%s is removed", (_what, text, expected) => {
	expect(redact(text)).toBe(expected);
});

test.each([
	"no ?key= in it",
	"what? a=b",
	"design: blue",
	"Bearer token",
	"Basic authentication",
	"me@h.example",
	"http://localhost:3000/a/me@h.example",
	"SignatureDoesNotMatch: check the secret key",
	"signature: the request has none",
	"metadata.token: Must be text.",
	"tokens === undefined",
	"Could not get an access token: 401 Unauthorized",
	"Cannot read secret: ENOENT: no such file",
	"failed to get token: invalid_grant",
	"Access token: AADSTS700016: Application was not found",
	"CredentialUnavailableError: ManagedIdentityCredential: 400",
	"Failed to fetch credentials: 169.254.169.254 timed out",
	"on resource: arn:aws:secretsmanager:us-east-1:1:secret:db",
	"Invalid token: it's expired.",
	"No session cookie: sign in at /login first.",
	"docs/sk-slovak-translation-of-2026.pdf",
	"npm_config_user_agent_of_the_script",
	"Set the API key: the request has none.",
	"The access key is not active.",
	"Must be PEM, which begins with -----BEGIN PRIVATE KEY-----. Read it from a file.",
])("%j stays as it is", (text) => {
	expect(redact(text)).toBe(text);
});

/** Each kind of secret in its shortest form, what secrets are made of, and anything else. */
const pieces = fc.oneof(
	fc.constantFrom("http://a?b", "a?b=c", "a%3Fb%3Dc", "://a@", "X-Amz-a=b", "x-goog-a%3db"),
	fc.constantFrom(
		"sig=a",
		"AccountKey: a",
		"signature%3Da",
		"Bearer 12345678",
		"Basic YTpiYTpi",
		"eyJa.b.c",
	),
	fc.constantFrom(
		"api key=a",
		`ghp_${"a".repeat(16)}`,
		`npm_${"a".repeat(20)}`,
		"AIza0123456789abcdef",
	),
	fc.constantFrom("xoxb-", "sk-proj-", "sk_live_", "ya29.", "GOOG1", "0123456789abcdef"),
	fc.constantFrom(token, `${"a".repeat(20)}.${"b".repeat(43)}`, "AKIA12345678ABCD"),
	fc.constantFrom("?", "=", "@", "%3F", "%3d", ": ", "://", ".", "/", "-", "&", " ", "\n", "eyJ"),
	fc.constantFrom("sig", "x-amz-security-token", "X-Amz-", "bearer ", "ASIA", "\u017f", "\u212a"),
	fc.constantFrom("password", "cookie", "secretKey", "`", "'a'", '"a"', ":", "%3A", "\\"),
	fc.constantFrom("-----BEGIN ", "-----BEGIN KEY-----a", "-----END KEY-----", "eyJ..a"),
	fc.string({ unit: "binary", maxLength: 5 }),
);
const texts = fc
	.tuple(fc.array(pieces, { minLength: 1, maxLength: 5 }), fc.nat(9), fc.nat(9))
	.map(([all, start, end]) => all.join("").slice(start, -end || undefined));

test("a text without a hint of a secret holds none", () => {
	let secrets = 0;
	const compare = (text: string): void => {
		const removed = removeSecrets(text);
		if (removed !== text) secrets++;
		expect(redact(text)).toBe(removed);
	};
	fc.assert(fc.property(fc.oneof(texts, pieces), compare), { numRuns: 5_000 });
	expect(secrets).toBeGreaterThan(1_000);
});

test.each([
	...["a", "a.a", "a://", "-eyJ", "X-Amz-", "a-", "AKIA", "eyJa."],
	...["secret", "secret:", "secret=", "secret='", "secret a", 'key\\"', "cookie", "cookie:"],
	...["://a:", "://a:a", "-----BEGIN ", "-----BEGIN KEY-----", "eyJ.."],
	...["api key", "api key:", "ghp_", "sk-", "sk-a", "npm_a", "xoxb-", "GOOG1", "AKIA12345678ABCD "],
	...["a?a", "a%3Fa", "://a", "sig", "sig=", "Bearer ", "Bearer a", "Basic ", "Basic a"],
])("redacting %s, repeated to 64 kB, costs a small multiple of copying it", (unit) => {
	const text = unit.repeat(64_000 / unit.length);
	redact(text);
	const { user } = process.cpuUsage();
	redact(text);
	// quadratic patterns took one to ten seconds
	expect(process.cpuUsage().user - user).toBeLessThan(200_000);
});

test.each([
	["nope", {}, '"nope" is no code; known are '],
	["forbidden", { status: 200 }, "The status of an error must be from 400 to 599, not 200"],
	["forbidden", { status: 1000 }, "The status of an error must be from 400 to 599, not 1000"],
	["rate-limited", { retryAfter: Number.NaN }, "retryAfter must be seconds, not NaN"],
])(
	"an error %s with %j that a hook makes is told in the log, and answered by 500",
	async (code, options, why) => {
		const log = silentLog();
		const before = (): never => {
			throw new UploadError(code as "forbidden", "no", options);
		};
		const { post } = serve({ uploads, log, hooks: { before } });
		expect(await post("", createBody("files/a", 5))).toMatchObject({
			status: 500,
			body: { code: "internal" },
		});
		expect(JSON.stringify(log.lines)).toContain(JSON.stringify(why).slice(1, -1));
	},
);

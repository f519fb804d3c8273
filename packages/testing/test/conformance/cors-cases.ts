import { createHash, randomUUID } from "node:crypto";
import { textOf, type Wire, type WireCase, type WireResponse } from "./wire.js";

const rules =
	"<CORSConfiguration><CORSRule>" +
	"<AllowedOrigin>https://app.example.com</AllowedOrigin>" +
	"<AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod>" +
	"<AllowedHeader>content-type</AllowedHeader><AllowedHeader>x-amz-*</AllowedHeader>" +
	"<ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds>" +
	"</CORSRule></CORSConfiguration>";

const origin = "https://app.example.com";

const putRules = (wire: Wire, bucket: string, document: string): Promise<WireResponse> =>
	wire.call(
		"PUT",
		{
			bucket,
			query: { cors: "" },
			headers: { "content-md5": createHash("md5").update(document).digest("base64") },
		},
		document,
	);

/** A bucket of its own: its rules must not affect other cases. */
async function bucketWith(wire: Wire, document: string | undefined): Promise<string> {
	const bucket = `cors-${randomUUID()}`;
	const made = await wire.call("PUT", { bucket });
	if (made.status !== 200) throw new Error(`The bucket was refused: ${made.outcome}`);
	if (document !== undefined) await putRules(wire, bucket, document);
	return bucket;
}

interface Preflight {
	readonly origin: string;
	readonly method: string;
	readonly headers?: string;
}

async function preflight(
	wire: Wire,
	asked: Preflight,
	document: string | undefined = rules,
): Promise<WireResponse> {
	const bucket = await bucketWith(wire, document);
	return await wire.send({
		method: "OPTIONS",
		path: `/${bucket}/file`,
		headers: {
			host: new URL(wire.target.endpoint).host,
			origin: asked.origin,
			"access-control-request-method": asked.method,
			...(asked.headers === undefined ? {} : { "access-control-request-headers": asked.headers }),
		},
	});
}

const refused = (name: string, asked: Preflight, document?: string): WireCase => ({
	name,
	refuses: true,
	expected: "403 AccessForbidden, no origin",
	async run(wire) {
		const answer = await preflight(wire, asked, document);
		return `${answer.outcome}, ${answer.headers["access-control-allow-origin"] ?? "no origin"}`;
	},
});

/** The CORS headers of the response to a PUT from the page's origin. */
async function fromPage(wire: Wire, expired: boolean): Promise<string> {
	const bucket = await bucketWith(wire, rules);
	const date = new Date(Date.now() - (expired ? 3_600_000 : 0));
	const request = wire.presign("PUT", { bucket, key: "file", date });
	const put = await wire.send({ ...request, headers: { ...request.headers, origin } }, "hello");
	const allowed = put.headers["access-control-allow-origin"] ?? "no origin";
	return `${put.status}, ${allowed}, ${put.headers["access-control-expose-headers"] ?? "none exposed"}`;
}

/** Cases about CORS. */
export const corsCases: readonly WireCase[] = [
	{
		// recorded on AWS by LocalStack: test_s3_cors.py, test_cors_match_headers, 2025-07-07
		name: "a preflight within the rules is allowed",
		refuses: false,
		expected: `200, ${origin}, content-type, x-amz-meta-a`,
		async run(wire) {
			const headers = "content-type, x-amz-meta-a";
			const answer = await preflight(wire, { origin, method: "PUT", headers });
			const allowed = answer.headers["access-control-allow-headers"] ?? "none";
			return [
				answer.outcome,
				answer.headers["access-control-allow-origin"],
				allowed.split(/,\s*/).join(", "),
			].join(", ");
		},
	},
	// recorded on AWS by LocalStack: test_s3_cors.py, test_cors_match_origins, 2023-07-31
	refused("a preflight from another origin is refused", {
		origin: "https://evil.example.com",
		method: "PUT",
	}),
	// recorded on AWS by LocalStack: test_s3_cors.py, test_cors_match_methods, 2025-03-17
	refused("a preflight for another method is refused", { origin, method: "DELETE" }),
	// recorded on AWS by LocalStack: test_s3_cors.py, test_cors_match_headers, 2025-07-07
	refused("a preflight with another header is refused", {
		origin,
		method: "PUT",
		headers: "authorization",
	}),
	{
		...refused("a preflight on a bucket without rules is refused", { origin, method: "PUT" }),
		async run(wire) {
			const bucket = await bucketWith(wire, undefined);
			const answer = await wire.send({
				method: "OPTIONS",
				path: `/${bucket}/file`,
				headers: {
					host: new URL(wire.target.endpoint).host,
					origin,
					"access-control-request-method": "PUT",
				},
			});
			return `${answer.outcome}, ${answer.headers["access-control-allow-origin"] ?? "no origin"}`;
		},
	},
	{
		// recorded on AWS by LocalStack: test_s3_cors.py, test_cors_http_options_no_config, 2023-07-31
		name: "a preflight without a method is forbidden where the bucket has no rules",
		refuses: true,
		expected: "403 AccessForbidden, OPTIONS, BUCKET",
		async run(wire) {
			const bucket = await bucketWith(wire, undefined);
			const { host } = new URL(wire.target.endpoint);
			const path = `/${bucket}/file`;
			const answer = await wire.send({ method: "OPTIONS", path, headers: { host, origin } });
			return `${answer.outcome}, ${textOf(answer, "Method")}, ${textOf(answer, "ResourceType")}`;
		},
	},
	{
		// recorded on AWS by LocalStack: test_s3_cors.py, test_cors_http_options_non_existent_bucket...
		name: "a refused preflight tells its method and the type of the resource, and misspells a word",
		refuses: true,
		expected: "403 AccessForbidden, DELETE, OBJECT, evalution",
		async run(wire) {
			const answer = await preflight(wire, { origin, method: "DELETE" });
			const word = /eval\w+/.exec(textOf(answer, "Message") ?? "")?.[0];
			const members = ["Method", "ResourceType"].map((name) => textOf(answer, name));
			return [answer.outcome, ...members, word].join(", ");
		},
	},
	...["s3.eu-central-2", "BUCKET.s3.eu-central-2"].map(
		(name): WireCase => ({
			// an answer of AWS quoted in transloadit/uppy issue 713; that it has no CORS headers, in
			// TTLabs/EvaporateJS issue 152
			name: `a preflight to ${name} of another region is redirected, and a page cannot read where`,
			refuses: true,
			expected: "301 PermanentRedirect, no origin",
			async run(wire) {
				const bucket = await bucketWith(wire, rules);
				const host = `${name.replace("BUCKET", bucket)}.amazonaws.com`;
				const answer = await wire.send({
					method: "OPTIONS",
					path: name.startsWith("BUCKET") ? "/file" : `/${bucket}/file`,
					headers: { host, origin, "access-control-request-method": "PUT" },
				});
				const code = textOf(answer, "Code");
				const allowed = answer.headers["access-control-allow-origin"] ?? "no origin";
				return `${answer.status} ${code}, ${allowed}`;
			},
		}),
	),
	{
		name: "a page may read the ETag of its upload",
		refuses: false,
		expected: `200, ${origin}, ETag`,
		run: (wire) => fromPage(wire, false),
	},
	{
		name: "a page may read why its URL was refused",
		refuses: true,
		expected: `403, ${origin}, ETag`,
		run: (wire) => fromPage(wire, true),
	},
	{
		name: "rules with a method that CORS does not have are refused",
		refuses: true,
		expected: "400 InvalidRequest",
		async run(wire) {
			const bucket = await bucketWith(wire, undefined);
			const document = rules.replace("<AllowedMethod>GET<", "<AllowedMethod>OPTIONS<");
			return (await putRules(wire, bucket, document)).outcome;
		},
	},
	{
		name: "rules that were stored are read back",
		refuses: false,
		expected: "200, kept",
		async run(wire) {
			const bucket = await bucketWith(wire, rules);
			const answer = await wire.call("GET", { bucket, query: { cors: "" } });
			return `${answer.outcome}, ${answer.body.includes(`<AllowedOrigin>${origin}<`) ? "kept" : "lost"}`;
		},
	},
];

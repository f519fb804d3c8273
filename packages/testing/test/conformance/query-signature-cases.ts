import {
	type Signing,
	tampered,
	textOf,
	type Wire,
	type WireCase,
	type WireRequest,
} from "./wire.js";

const minute = 60_000;

/** Changes a query parameter of a signed request. */
function withQuery(
	request: WireRequest,
	name: string,
	change: (value: string) => string,
): WireRequest {
	const path = request.path.replace(
		new RegExp(`([?&]${name}=)([^&]*)`),
		(_, start: string, value: string) => `${start}${change(value)}`,
	);
	return { ...request, path };
}

/** A presigned PUT that is refused: how it is signed, and how the signed request is changed. */
const refusedPut = (
	name: string,
	expected: string,
	signing: (wire: Wire) => Signing,
	change: (request: WireRequest, wire: Wire) => WireRequest & { body?: string } = (request) =>
		request,
): WireCase => ({
	name,
	refuses: true,
	expected: `${expected}, nothing stored`,
	async run(wire) {
		const key = wire.key();
		const request = wire.presign("PUT", { key, ...signing(wire) });
		const { body = "hello", ...changed } = change(request, wire);
		const put = await wire.send(changed, body);
		const { status } = await wire.call("GET", { key });
		return `${put.outcome}, ${status === 404 ? "nothing" : "something"} stored`;
	},
});

const plain = (): Signing => ({});
const denied = "403 AccessDenied";
const mismatch = "403 SignatureDoesNotMatch";
const badQuery = "400 AuthorizationQueryParametersError";

/** Cases about presigned URLs. */
export const querySignatureCases: readonly WireCase[] = [
	{
		// recorded on AWS by LocalStack: test_s3.py, test_s3_ignored_special_headers
		name: "an x-amz-content-sha256 that was not signed is ignored",
		refuses: false,
		expected: "200",
		async run(wire) {
			const request = wire.presign("PUT", { key: wire.key() });
			const headers = { ...request.headers, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" };
			return (await wire.send({ ...request, headers }, "hello")).outcome;
		},
	},
	{
		// recorded on AWS by LocalStack: test_s3.py, test_presigned_url_signature_authentication, 2026-02-21
		name: "a changed signature is answered with what was signed",
		refuses: true,
		expected: "403 SignatureDoesNotMatch, AWS4-HMAC-SHA256, PUT, 41, 50, the one sent",
		async run(wire) {
			const request = wire.presign("PUT", { key: wire.key() });
			const changed = withQuery(request, "X-Amz-Signature", tampered);
			const answer = await wire.send(changed, "hello");
			const provided = textOf(answer, "SignatureProvided");
			const isSent = changed.path.endsWith(`X-Amz-Signature=${provided}`);
			const starts = ["StringToSign", "CanonicalRequest"].map(
				(name) => textOf(answer, name)?.split(/\n|&#xa;/)[0],
			);
			const bytes = ["StringToSignBytes", "CanonicalRequestBytes"].map(
				(name) => textOf(answer, name)?.split(" ")[0],
			);
			return [answer.outcome, ...starts, ...bytes, isSent ? "the one sent" : provided].join(", ");
		},
	},
	{
		// others recorded on AWS by LocalStack: test_s3.py, test_put_get_object_special_character
		name: "a presigned PUT stores a key with spaces, punctuation and umlauts",
		refuses: false,
		expected: "200, 200 hello",
		async run(wire) {
			const key = `${wire.key()}/a b+ü(1)~!'*;=@&$,.txt`;
			const put = await wire.send(wire.presign("PUT", { key }), "hello");
			const get = await wire.send(wire.presign("GET", { key }));
			return `${put.outcome}, ${get.outcome} ${get.body}`;
		},
	},
	{
		name: "a key with dot segments and double slashes is not normalised",
		refuses: false,
		expected: "200, 200 hello",
		async run(wire) {
			const key = `${wire.key()}/a/../b//./c`;
			const put = await wire.send(wire.presign("PUT", { key }), "hello");
			const get = await wire.call("GET", { key });
			return `${put.outcome}, ${get.outcome} ${get.body}`;
		},
	},
	{
		name: "an unsigned content type is accepted",
		refuses: false,
		expected: "200, text/plain",
		async run(wire) {
			const key = wire.key();
			const request = wire.presign("PUT", { key });
			const headers = { ...request.headers, "content-type": "text/plain" };
			const put = await wire.send({ ...request, headers }, "hello");
			const get = await wire.call("GET", { key });
			return `${put.outcome}, ${get.headers["content-type"]}`;
		},
	},
	refusedPut("another key than the signed one is refused", mismatch, plain, (request) => ({
		...request,
		path: request.path.replace("?", "x?"),
	})),
	refusedPut("a changed signature is refused", mismatch, plain, (request) =>
		withQuery(request, "X-Amz-Signature", tampered),
	),
	refusedPut("a parameter added to the query is refused", mismatch, plain, (request) => ({
		...request,
		path: `${request.path}&x-id=PutObject`,
	})),
	refusedPut("a longer X-Amz-Expires than signed is refused", mismatch, plain, (request) =>
		withQuery(request, "X-Amz-Expires", () => "3000"),
	),
	refusedPut("an unknown access key is refused", "403 InvalidAccessKeyId", () => ({
		accessKeyId: "NOBODYSACCESSKEY0000",
	})),
	refusedPut("a wrong secret is refused", mismatch, () => ({ secretAccessKey: "not the secret" })),
	// an answer of AWS quoted in ai-dock/comfyui issue 34
	refusedPut("a signature for another region is refused", badQuery, () => ({
		region: "mars-north-1",
	})),
	refusedPut("a signature for another service is refused", badQuery, () => ({ service: "ec2" })),
	refusedPut("another host than the signed one is refused", mismatch, plain, (request, wire) => ({
		...request,
		headers: {
			...request.headers,
			host: `127.0.0.1:${Number(new URL(wire.target.endpoint).port) + 1}`,
		},
	})),
	// recorded on AWS by LocalStack: test_s3.py, test_s3_put_presigned_url_with_different_headers, 2026-02-21
	refusedPut(
		"a content type other than the signed one is refused",
		mismatch,
		() => ({
			headers: { "content-type": "image/png" },
		}),
		(request) => ({ ...request, headers: { ...request.headers, "content-type": "text/html" } }),
	),
	refusedPut(
		"a signed header that is left out is refused",
		mismatch,
		() => ({
			headers: { "content-type": "image/png" },
		}),
		({ headers: { host = "" }, ...request }) => ({ ...request, headers: { host } }),
	),
	// as for any signed header: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
	refusedPut(
		"a body longer than the signed length is refused",
		mismatch,
		() => ({
			headers: { "content-length": "5" },
		}),
		({ headers, ...request }) => ({
			...request,
			headers: { ...headers, "content-length": "6" },
			body: "hello!",
		}),
	),
	refusedPut(
		"a body shorter than the signed length is refused",
		mismatch,
		() => ({
			headers: { "content-length": "5" },
		}),
		({ headers, ...request }) => ({
			...request,
			headers: { ...headers, "content-length": "4" },
			body: "hell",
		}),
	),
	{
		// recorded on AWS by LocalStack: test_s3.py, test_put_url_metadata_with_sig_s3v4, 2026-02-21
		name: "an unsigned x-amz header is refused by its name",
		refuses: true,
		expected: `${denied} x-amz-meta-added, nothing stored`,
		async run(wire) {
			const key = wire.key();
			const request = wire.presign("PUT", { key });
			const headers = { ...request.headers, "x-amz-meta-added": "1" };
			const put = await wire.send({ ...request, headers }, "hello");
			const { status } = await wire.call("GET", { key });
			return `${put.outcome} ${textOf(put, "HeadersNotSigned")}, ${status === 404 ? "nothing" : "something"} stored`;
		},
	},
	{
		name: "an unsigned copy source is refused",
		refuses: true,
		expected: `${denied}, nothing stored`,
		async run(wire) {
			const secret = wire.key();
			await wire.send(wire.presign("PUT", { key: secret }), "secret");
			const key = wire.key();
			const request = wire.presign("PUT", { key });
			const source = { "x-amz-copy-source": `${wire.target.bucket}/${secret}` };
			const headers = { ...request.headers, ...source };
			const put = await wire.send({ ...request, headers }, "");
			const { status } = await wire.call("GET", { key });
			return `${put.outcome}, ${status === 404 ? "nothing" : "something"} stored`;
		},
	},
	refusedPut(
		"signed metadata that is changed is refused",
		mismatch,
		() => ({
			headers: { "x-amz-meta-owner": "alice" },
		}),
		(request) => ({ ...request, headers: { ...request.headers, "x-amz-meta-owner": "bob" } }),
	),
	{
		// recorded on AWS by LocalStack: test_s3.py, test_presigned_url_signature_authentication_expired, 2026-02-21
		name: "an expired URL is refused with its life, its end and the time",
		refuses: true,
		expected: `${denied}, 60, ended before`,
		async run(wire) {
			const date = new Date(Date.now() - 10 * minute);
			const request = wire.presign("PUT", { key: wire.key(), date, expiresIn: 60 });
			const answer = await wire.send(request, "hello");
			const [end, now] = ["Expires", "ServerTime"].map((name) =>
				Date.parse(textOf(answer, name) ?? ""),
			);
			const isBefore = end !== undefined && now !== undefined && end < now;
			return [
				answer.outcome,
				textOf(answer, "X-Amz-Expires"),
				isBefore ? "ended before" : "no times",
			].join(", ");
		},
	},
	refusedPut("a URL dated an hour ahead is refused", denied, () => ({
		date: new Date(Date.now() + 60 * minute),
	})),
	refusedPut("an X-Amz-Expires above a week is refused", badQuery, () => ({ expiresIn: 604_801 })),
	refusedPut("a negative X-Amz-Expires is refused", badQuery, () => ({ expiresIn: -1 })),
	refusedPut("an X-Amz-Expires that is not a number is refused", badQuery, () => ({
		expiresIn: Number.NaN,
	})),
	// recorded on AWS by LocalStack: test_s3.py, test_s3_put_presigned_url_missing_sig_param, 2026-02-21
	refusedPut("a query without its date is refused", badQuery, plain, (request) => ({
		...request,
		path: request.path.replace(/&X-Amz-Date=[^&]*/, ""),
	})),
	refusedPut("a query with another algorithm is refused", badQuery, plain, (request) =>
		withQuery(request, "X-Amz-Algorithm", () => "AWS4-HMAC-SHA1"),
	),
	refusedPut("an unknown session token is refused", "400 InvalidToken", () => ({
		query: { "X-Amz-Security-Token": "made-up" },
	})),
	refusedPut(
		"a signature of version 2 is refused",
		"400 InvalidRequest",
		plain,
		(request, wire) => ({
			...request,
			path: `${request.path.split("?")[0]}?AWSAccessKeyId=${wire.target.accessKeyId}&Expires=9999999999&Signature=AAAA`,
		}),
	),
	refusedPut("a request without any signature is refused", denied, plain, (request) => ({
		...request,
		path: request.path.split("?")[0] ?? "",
	})),
	refusedPut(
		"signatures in the query and in the header at once are refused",
		"400 InvalidArgument",
		plain,
		(request, wire) => ({
			...request,
			headers: { ...wire.signHeader("PUT", {}).headers },
		}),
	),
	{
		name: "a URL signed for GET is refused for HEAD",
		refuses: true,
		expected: "403",
		async run(wire) {
			const key = wire.key();
			await wire.put(key, "hello");
			const request = wire.presign("GET", { key });
			return (await wire.send({ ...request, method: "HEAD" })).outcome;
		},
	},
];

import { type Signing, tampered, type Wire, type WireCase, type WireRequest } from "./wire.js";

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

/** A presigned PUT that is refused, and how it is spoiled. */
const spoiledPut = (
	name: string,
	expected: string,
	signing: (wire: Wire) => Signing,
	spoil: (request: WireRequest, wire: Wire) => WireRequest & { readonly body?: string } = (
		request,
	) => request,
): WireCase => ({
	name,
	refuses: true,
	expected: `${expected}, nothing stored`,
	async run(wire) {
		const key = wire.key();
		const request = wire.presign("PUT", { key, ...signing(wire) });
		const { body = "hello", ...spoiled } = spoil(request, wire);
		const put = await wire.send(spoiled, body);
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
		name: "a presigned PUT stores under a key of spaces, signs and umlauts",
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
		name: "a key with dot segments and double slashes is taken as it stands",
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
		name: "a content type that was not signed is let through",
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
	spoiledPut("another key than the signed one is refused", mismatch, plain, (request) => ({
		...request,
		path: request.path.replace("?", "x?"),
	})),
	spoiledPut("a changed signature is refused", mismatch, plain, (request) =>
		withQuery(request, "X-Amz-Signature", tampered),
	),
	spoiledPut("a parameter added to the query is refused", mismatch, plain, (request) => ({
		...request,
		path: `${request.path}&x-id=PutObject`,
	})),
	spoiledPut("a life made longer is refused", mismatch, plain, (request) =>
		withQuery(request, "X-Amz-Expires", () => "3000"),
	),
	spoiledPut("an access key that nobody has is refused", "403 InvalidAccessKeyId", () => ({
		accessKeyId: "NOBODYSACCESSKEY0000",
	})),
	spoiledPut("a wrong secret is refused", mismatch, () => ({ secretAccessKey: "not the secret" })),
	spoiledPut("a signature for another region is refused", badQuery, () => ({
		region: "mars-north-1",
	})),
	spoiledPut("a signature for another service is refused", badQuery, () => ({ service: "ec2" })),
	spoiledPut("another host than the signed one is refused", mismatch, plain, (request, wire) => ({
		...request,
		headers: {
			...request.headers,
			host: `127.0.0.1:${Number(new URL(wire.target.endpoint).port) + 1}`,
		},
	})),
	spoiledPut(
		"a content type other than the signed one is refused",
		mismatch,
		() => ({
			headers: { "content-type": "image/png" },
		}),
		(request) => ({ ...request, headers: { ...request.headers, "content-type": "text/html" } }),
	),
	spoiledPut(
		"a signed header that is left out is refused",
		mismatch,
		() => ({
			headers: { "content-type": "image/png" },
		}),
		({ headers: { host = "" }, ...request }) => ({ ...request, headers: { host } }),
	),
	spoiledPut(
		"a body longer than the signed length is refused",
		mismatch,
		() => ({
			headers: { "content-length": "5" },
		}),
		(request) => ({
			...request,
			headers: { ...request.headers, "content-length": "6" },
			body: "hello!",
		}),
	),
	spoiledPut(
		"a body shorter than the signed length is refused",
		mismatch,
		() => ({
			headers: { "content-length": "5" },
		}),
		(request) => ({
			...request,
			headers: { ...request.headers, "content-length": "4" },
			body: "hell",
		}),
	),
	spoiledPut("an x-amz header that was not signed is refused", denied, plain, (request) => ({
		...request,
		headers: { ...request.headers, "x-amz-meta-added": "1" },
	})),
	spoiledPut("a copy source that was not signed is refused", denied, plain, (request, wire) => ({
		...request,
		headers: { ...request.headers, "x-amz-copy-source": `${wire.target.bucket}/secret` },
	})),
	spoiledPut(
		"signed metadata that is changed is refused",
		mismatch,
		() => ({
			headers: { "x-amz-meta-owner": "alice" },
		}),
		(request) => ({ ...request, headers: { ...request.headers, "x-amz-meta-owner": "bob" } }),
	),
	spoiledPut("a URL past its life is refused", denied, () => ({
		date: new Date(Date.now() - 10 * minute),
		expiresIn: 60,
	})),
	spoiledPut("a URL dated an hour ahead is refused", denied, () => ({
		date: new Date(Date.now() + 60 * minute),
	})),
	spoiledPut("a life of more than a week is refused", badQuery, () => ({ expiresIn: 604_801 })),
	spoiledPut("a negative life is refused", badQuery, () => ({ expiresIn: -1 })),
	spoiledPut("a life that is no number is refused", badQuery, () => ({ expiresIn: Number.NaN })),
	spoiledPut("a query without its date is refused", badQuery, plain, (request) => ({
		...request,
		path: request.path.replace(/&X-Amz-Date=[^&]*/, ""),
	})),
	spoiledPut("a query with another algorithm is refused", badQuery, plain, (request) =>
		withQuery(request, "X-Amz-Algorithm", () => "AWS4-HMAC-SHA1"),
	),
	spoiledPut("a session token that nobody issued is refused", "400 InvalidToken", () => ({
		query: { "X-Amz-Security-Token": "made-up" },
	})),
	spoiledPut(
		"a signature of version 2 is refused",
		"400 InvalidRequest",
		plain,
		(request, wire) => ({
			...request,
			path: `${request.path.split("?")[0]}?AWSAccessKeyId=${wire.target.accessKeyId}&Expires=9999999999&Signature=AAAA`,
		}),
	),
	spoiledPut("a request without any signature is refused", denied, plain, (request) => ({
		...request,
		path: request.path.split("?")[0] ?? "",
	})),
	spoiledPut(
		"signatures in the query and in the header at once are refused",
		"400 InvalidArgument",
		plain,
		(request, wire) => ({
			...request,
			headers: { ...wire.signHeader("PUT", {}).headers },
		}),
	),
	{
		name: "a URL for reading cannot look at the headers alone",
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

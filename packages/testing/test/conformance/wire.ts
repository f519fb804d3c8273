import { hash, randomUUID } from "node:crypto";
import { request as httpRequest } from "node:http";
import { canonicalRequest, sign, signingKey, stringToSign } from "../../src/s3-server/signature.js";

/** A server and its credentials. */
export interface Target {
	readonly endpoint: string;
	readonly region: string;
	readonly bucket: string;
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
}

type Fields = Readonly<Record<string, string>>;

/** A signed request; path and query are sent as they are. */
export interface WireRequest {
	readonly method: string;
	readonly path: string;
	readonly headers: Fields;
}

export interface WireResponse {
	readonly status: number;
	readonly headers: Fields;
	readonly body: Buffer;
	/** The status, and the code of an error. */
	readonly outcome: string;
}

/** What to sign; the members from `bucket` on may be wrong on purpose. */
export interface Signing {
	readonly key?: string;
	/** @default the target's */
	readonly bucket?: string;
	readonly query?: Fields;
	/** Signed in addition to the host. */
	readonly headers?: Fields;
	readonly date?: Date;
	/** Seconds. */
	readonly expiresIn?: number;
	readonly accessKeyId?: string;
	readonly secretAccessKey?: string;
	readonly region?: string;
	readonly service?: string;
	/** The `x-amz-content-sha256` of a header signature. */
	readonly payloadHash?: string;
}

/** One behaviour of S3 on the wire. */
export interface WireCase {
	readonly name: string;
	/** Whether the case asserts that something is refused. */
	readonly refuses: boolean;
	/** What AWS does. */
	readonly expected: string;
	run(wire: Wire): Promise<string>;
}

/** The names of cases, and what a server does instead of what AWS does. */
export type Deviations = Readonly<Record<string, string>>;

/** Sends requests to one server without a client library. */
export interface Wire {
	readonly target: Target;
	/** A key that no other case uses. */
	key(): string;
	/** Signs in the query. */
	presign(method: string, signing: Signing): WireRequest;
	/** Signs in the Authorization header. */
	signHeader(method: string, signing: Signing): WireRequest;
	send(request: WireRequest, body?: string | Uint8Array): Promise<WireResponse>;
	/** Stores an object; throws when it is refused. */
	put(key: string, body: string | Uint8Array, headers?: Fields): Promise<WireResponse>;
	/** Sends a request signed in the header. */
	call(method: string, signing: Signing, body?: string | Uint8Array): Promise<WireResponse>;
}

const percent = (char: string): string => `%${char.charCodeAt(0).toString(16).toUpperCase()}`;

const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, percent);

export const amzDate = (date: Date): string => date.toISOString().replace(/[-:]|\.\d+/g, "");

/** The text of the first element of that name. */
export function textOf(answer: { readonly body: Buffer }, name: string): string | undefined {
	return new RegExp(`<${name}>([^<]*)</${name}>`).exec(answer.body.toString("utf8"))?.[1];
}

/** `text` with its first letter or digit replaced by another of the same kind. */
export function tampered(text: string): string {
	return (text.startsWith("0") ? "1" : "0") + text.slice(1);
}

export function wireTo(target: Target): Wire {
	const { hostname, host, port } = new URL(target.endpoint);

	const scopeOf = (signing: Signing, date: string): string =>
		[
			date.slice(0, 8),
			signing.region ?? target.region,
			signing.service ?? "s3",
			"aws4_request",
		].join("/");

	const pathOf = ({ bucket = target.bucket, key }: Signing): string =>
		`/${bucket}${key === undefined ? "" : `/${key}`}`;

	const rawPath = (path: string, query: Fields): string => {
		const pairs = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
		const raw = path.split("/").map(encode).join("/");
		return pairs.length > 0 ? `${raw}?${pairs.join("&")}` : raw;
	};

	const signatureOf = (
		method: string,
		signing: Signing & { readonly query: Fields; readonly headers: Fields },
		date: string,
	): string => {
		const { query, headers } = signing;
		const scope = scopeOf(signing, date);
		const canonical = canonicalRequest({
			method,
			path: pathOf(signing),
			query: Object.entries(query),
			headers: new Map(Object.entries(headers)),
			signedHeaders: Object.keys(headers).sort(),
			payloadHash: signing.payloadHash ?? "UNSIGNED-PAYLOAD",
		});
		const key = signingKey(signing.secretAccessKey ?? target.secretAccessKey, scope);
		return sign(key, stringToSign(canonical, date, scope));
	};

	const wire: Wire = {
		target,
		key: () => `wire/${randomUUID()}`,

		presign(method, signing) {
			const date = amzDate(signing.date ?? new Date());
			const headers = { ...signing.headers, host };
			const query = {
				...signing.query,
				"X-Amz-Algorithm": "AWS4-HMAC-SHA256",
				"X-Amz-Credential": `${signing.accessKeyId ?? target.accessKeyId}/${scopeOf(signing, date)}`,
				"X-Amz-Date": date,
				"X-Amz-Expires": String(signing.expiresIn ?? 300),
				"X-Amz-SignedHeaders": Object.keys(headers).sort().join(";"),
			};
			const signature = signatureOf(method, { ...signing, query, headers }, date);
			return {
				method,
				path: rawPath(pathOf(signing), { ...query, "X-Amz-Signature": signature }),
				headers,
			};
		},

		signHeader(method, signing) {
			const date = amzDate(signing.date ?? new Date());
			const headers = {
				...signing.headers,
				host,
				"x-amz-date": date,
				"x-amz-content-sha256": signing.payloadHash ?? "UNSIGNED-PAYLOAD",
			};
			const query = signing.query ?? {};
			const names = Object.keys(headers).sort().join(";");
			const credential = `${signing.accessKeyId ?? target.accessKeyId}/${scopeOf(signing, date)}`;
			const signature = signatureOf(method, { ...signing, query, headers }, date);
			return {
				method,
				path: rawPath(pathOf(signing), query),
				headers: {
					...headers,
					authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`,
				},
			};
		},

		send: ({ method, path, headers }, body) =>
			new Promise((resolve, reject) => {
				const bytes = body === undefined ? undefined : Buffer.from(body);
				const framed =
					bytes === undefined || "transfer-encoding" in headers
						? headers
						: { "content-length": String(bytes.length), ...headers };
				const request = httpRequest(
					{ hostname, port, method, path, headers: framed, setHost: false, agent: false },
					(response) => {
						const chunks: Buffer[] = [];
						response.on("data", (chunk: Buffer) => chunks.push(chunk));
						response.once("end", () => {
							const whole = Buffer.concat(chunks);
							const status = response.statusCode ?? 0;
							const code = status >= 400 ? textOf({ body: whole }, "Code") : undefined;
							resolve({
								status,
								headers: response.headers as Fields,
								body: whole,
								outcome: code === undefined ? String(status) : `${status} ${code}`,
							});
							request.destroy();
						});
						response.once("error", reject);
					},
				);
				request.once("error", reject);
				request.end(bytes);
			}),

		async put(key, body, headers = {}) {
			const answer = await wire.send(wire.presign("PUT", { key, headers }), body);
			if (answer.status !== 200) throw new Error(`PUT was refused: ${answer.outcome}`);
			return answer;
		},

		call(method, signing, body) {
			const payloadHash = body === undefined ? hash("sha256", "") : hash("sha256", body);
			return wire.send(wire.signHeader(method, { payloadHash, ...signing }), body);
		},
	};
	return wire;
}

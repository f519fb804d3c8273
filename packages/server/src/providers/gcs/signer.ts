import { hash } from "node:crypto";
import type { Validity } from "#protocol";
import { canonicalHeaders, canonicalQuery, encode, encodePath } from "../sigv4.js";
import { longestExpiry, type SigningAccount } from "./account.js";
import type { GcsSettings } from "./options.js";
import type { ControlRequest, UnsignedParts, UnsignedRequest } from "./requests.js";

/** The body of a signed URL is not signed: it has not been read yet. */
const unsignedPayload = "UNSIGNED-PAYLOAD";

/** Makes signed URLs, and signs the server's own calls. */
export interface GcsSigner {
	/** @throws RangeError unless `expiresIn` is a whole number of 1..604,800 seconds. */
	sign(
		request: UnsignedRequest,
		expiresIn: number,
	): Promise<{ readonly url: string; readonly validity: Validity }>;
	/** Part URLs as templates with `{partNumber}` and `{value}`, and a signature for each part. */
	signParts(
		parts: UnsignedParts,
		expiresIn: number,
	): Promise<{
		readonly urls: readonly string[];
		readonly values: readonly string[];
		readonly validity: Validity;
	}>;
	/** The URL of a control call, and its headers with the authorization. */
	authorize(
		request: ControlRequest,
	): Promise<{ readonly url: string; readonly headers: Record<string, string> }>;
}

/** The date of a signature, in the forms that it needs. */
interface SigningTime {
	readonly seconds: number;
	/** `yyyyMMddTHHmmssZ`. */
	readonly stamp: string;
	readonly scope: string;
}

function signingTime(): SigningTime {
	const seconds = Math.floor(Date.now() / 1_000);
	const stamp = new Date(seconds * 1_000).toISOString().replace(/[-:]|\.\d{3}/g, "");
	return { seconds, stamp, scope: `${stamp.slice(0, 8)}/auto/storage/goog4_request` };
}

/**
 * Signs by version 4 of Google's signatures.
 * https://docs.cloud.google.com/storage/docs/authentication/signatures
 *
 * The host is signed without its port, as Google's own libraries sign it.
 */
export function v4Signer(settings: GcsSettings, account: SigningAccount): GcsSigner {
	const { algorithm, id } = account;
	const { hostname } = new URL(settings.publicEndpoint);
	const pathOf = (key: string): string => `/${settings.bucket}/${encodePath(key)}`;
	const textOf = ({ stamp, scope }: SigningTime, canonical: string): string =>
		`${algorithm}\n${stamp}\n${scope}\n${hash("sha256", canonical, "hex")}`;

	/** `X-Goog-Algorithm` up to `X-Goog-SignedHeaders=`, in canonical order. */
	const queryOf = ({ stamp, scope }: SigningTime, expiresIn: number): string =>
		`X-Goog-Algorithm=${algorithm}&X-Goog-Credential=${encode(`${id}/${scope}`)}&X-Goog-Date=${stamp}&X-Goog-Expires=${expiresIn}&X-Goog-SignedHeaders=`;

	const resolve = (requested: number): { time: SigningTime; validity: Validity } => {
		if (!Number.isInteger(requested) || requested < 1 || requested > longestExpiry) {
			throw new RangeError(
				`expiresIn must be a whole number from 1 to ${longestExpiry}, not ${requested}`,
			);
		}
		const time = signingTime();
		const expiresIn = Math.min(requested, account.maxExpiresIn);
		const expiresAt = new Date((time.seconds + expiresIn) * 1_000).toISOString();
		return { time, validity: { expiresIn, expiresAt } };
	};

	return {
		async sign(request, requested) {
			const { time, validity } = resolve(requested);
			const headers = canonicalHeaders({ ...request.headers, host: hostname });
			const path = pathOf(request.key);
			// names in lower case sort behind `X-Goog-*`
			const own = canonicalQuery(request.query);
			const query = `${queryOf(time, validity.expiresIn)}${encode(headers.names)}${own && `&${own}`}`;
			const canonical = `${request.method}\n${path}\n${query}\n${headers.lines}\n${headers.names}\n${unsignedPayload}`;
			const [signature] = await account.sign([textOf(time, canonical)], time.scope);
			const url = `${settings.publicEndpoint}${path}?${query}&X-Goog-Signature=${signature}`;
			return { url, validity };
		},

		async signParts({ key, uploadId, first, count }, requested) {
			const { time, validity } = resolve(requested);
			const path = pathOf(key);
			const before = `${queryOf(time, validity.expiresIn)}host&partNumber=`;
			const after = `&uploadId=${encode(uploadId)}`;
			// built once per window: only the number and the signature differ
			const head = `PUT\n${path}\n${before}`;
			const tail = `${after}\nhost:${hostname}\n\nhost\n${unsignedPayload}`;
			const texts = Array.from({ length: count }, (_, index) =>
				textOf(time, `${head}${first + index}${tail}`),
			);
			return {
				urls: [
					`${settings.publicEndpoint}${path}?${before}{partNumber}${after}&X-Goog-Signature={value}`,
				],
				values: await account.sign(texts, time.scope),
				validity,
			};
		},

		async authorize({ method, key, query = {}, headers = {}, body = "" }) {
			const path = pathOf(key);
			const ownQuery = canonicalQuery(query);
			const url = `${settings.endpoint}${path}${ownQuery && `?${ownQuery}`}`;
			if (account.getToken !== undefined) {
				return {
					url,
					headers: { ...headers, authorization: `Bearer ${await account.getToken()}` },
				};
			}
			const time = signingTime();
			const digest = hash("sha256", body, "hex");
			const signed = { ...headers, "x-goog-content-sha256": digest, "x-goog-date": time.stamp };
			const canonical = canonicalHeaders({ ...signed, host: new URL(settings.endpoint).hostname });
			const text = `${method}\n${path}\n${ownQuery}\n${canonical.lines}\n${canonical.names}\n${digest}`;
			const [signature] = await account.sign([textOf(time, text)], time.scope);
			const authorization = `${algorithm} Credential=${id}/${time.scope},SignedHeaders=${canonical.names},Signature=${signature}`;
			return { url, headers: { ...signed, authorization } };
		},
	};
}

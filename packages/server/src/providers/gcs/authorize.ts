import { hash } from "node:crypto";
import { canonicalHeaders, canonicalQuery, encodePath } from "../sigv4.js";
import type { SigningAccount } from "./account.js";
import type { GcsSettings } from "./options.js";
import type { ControlRequest } from "./requests.js";
import { signingTime } from "./signer.js";

/** A control call as it is sent. */
export interface AuthorizedRequest {
	readonly url: string;
	readonly headers: Record<string, string>;
}

/** Authorizes a control call. @param token - An OAuth access token; undefined: the call is signed. */
export type AuthorizeRequest = (
	request: ControlRequest,
	token: string | undefined,
) => Promise<AuthorizedRequest>;

/** Makes the function that authorizes control calls: by an access token, else by a signature in a header. */
export function requestAuthorizer(
	{ bucket, endpoint }: GcsSettings,
	account: SigningAccount,
): AuthorizeRequest {
	const { algorithm, id } = account;
	return async ({ method, key, query = {}, headers = {}, body = "" }, token) => {
		const path = `/${bucket}${key === undefined ? "" : `/${encodePath(key)}`}`;
		const own = canonicalQuery(query);
		const url = `${endpoint}${path}${own && `?${own}`}`;
		if (token !== undefined) {
			return { url, headers: { ...headers, authorization: `Bearer ${token}` } };
		}
		const { stamp, scope } = signingTime();
		const digest = hash("sha256", body, "hex");
		const signed = { ...headers, "x-goog-content-sha256": digest, "x-goog-date": stamp };
		const { hostname: host } = new URL(endpoint);
		const { names, lines } = canonicalHeaders({ ...signed, host });
		const canonical = `${method}\n${path}\n${own}\n${lines}\n${names}\n${digest}`;
		const text = `${algorithm}\n${stamp}\n${scope}\n${hash("sha256", canonical, "hex")}`;
		const [signature] = await account.sign([text], scope);
		const authorization = `${algorithm} Credential=${id}/${scope},SignedHeaders=${names},Signature=${signature}`;
		return { url, headers: { ...signed, authorization } };
	};
}

import { createHmac, hash, sign as signBytes } from "node:crypto";
import type { GcsCredentials } from "@skyput/server/gcs";

/** What stands for the digest of a body that is not signed. */
const unsignedBody = "UNSIGNED-PAYLOAD";

/**
 * The headers that authorize a GET of the XML API for which a provider has no call: an access token, else a
 * signature of version 4. https://docs.cloud.google.com/storage/docs/authentication/signatures
 *
 * @param url - Of the call; its path and query are in canonical form.
 * @param credentials - Those of the provider.
 */
export async function authorizeGcsCall(
	url: string,
	credentials: GcsCredentials,
): Promise<Readonly<Record<string, string>>> {
	if ("getToken" in credentials && credentials.getToken) {
		return { authorization: `Bearer ${await credentials.getToken()}` };
	}
	const [id, algorithm] =
		"secret" in credentials
			? [credentials.accessId, "GOOG4-HMAC-SHA256"]
			: [credentials.client_email, "GOOG4-RSA-SHA256"];
	const stamp = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
	const scope = `${stamp.slice(0, 8)}/auto/storage/goog4_request`;
	const headers = { "x-goog-content-sha256": unsignedBody, "x-goog-date": stamp };
	// Google signs the host without its port
	const { hostname, pathname, search } = new URL(url);
	const lines = Object.entries({ host: hostname, ...headers }).map(
		([name, value]) => `${name}:${value}\n`,
	);
	const names = "host;x-goog-content-sha256;x-goog-date";
	const query = search.slice(1);
	const canonical = ["GET", pathname, query, lines.join(""), names, unsignedBody].join("\n");
	const text = [algorithm, stamp, scope, hash("sha256", canonical)].join("\n");
	const signature = signText(text, scope, credentials);
	return {
		...headers,
		authorization: `${algorithm} Credential=${id}/${scope},SignedHeaders=${names},Signature=${signature}`,
	};
}

/** @returns The signature in hex. */
function signText(text: string, scope: string, credentials: GcsCredentials): string {
	if ("secret" in credentials) {
		let key: string | Buffer = `GOOG4${credentials.secret}`;
		for (const step of scope.split("/")) key = createHmac("sha256", key).update(step).digest();
		return createHmac("sha256", key).update(text).digest("hex");
	}
	// who signs elsewhere has a token
	const { private_key: key } = credentials as Extract<GcsCredentials, { private_key: string }>;
	// as an environment variable may hold it
	return signBytes("sha256", Buffer.from(text), key.replaceAll("\\n", "\n")).toString("hex");
}

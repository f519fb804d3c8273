import { createSecretKey } from "node:crypto";
import { UploadError } from "../../errors.js";
import { exchange } from "./exchange.js";
import type { AzureSettings } from "./options.js";
import { type DelegationFields, longestExpiry, type SigningKey, serviceVersion } from "./signer.js";

const action = "get a key to sign with";

/** The scope of tokens for Azure Storage, in every cloud. */
const scope = "https://storage.azure.com/.default";

const minute = 60_000;

/** Milliseconds by which a URL ends before its key. */
const safetyMargin = minute;

/** Milliseconds of a week's end that are not asked for: the service refuses one second beyond its own week. */
const clockMargin = 15 * minute;

/**
 * Fetches a user delegation key for as long as the service gives one.
 * https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key
 */
export async function fetchDelegationKey({
	endpoint,
	getToken,
}: AzureSettings): Promise<SigningKey> {
	let token: string | undefined;
	try {
		token = (await getToken?.(scope))?.token;
	} catch (cause) {
		throw tokenError("threw", cause);
	}
	if (!token) throw tokenError("returned no token");
	const start = Math.floor(Date.now() / 1_000) * 1_000;
	const end = start + longestExpiry * 1_000 - clockMargin;
	const { text: xml } = await exchange(
		action,
		`${endpoint}/?restype=service&comp=userdelegationkey`,
		{
			method: "POST",
			headers: { authorization: `Bearer ${token}`, "x-ms-version": serviceVersion },
			body: `<?xml version="1.0" encoding="utf-8"?><KeyInfo><Start>${timeOf(start - clockMargin)}</Start><Expiry>${timeOf(end)}</Expiry></KeyInfo>`,
			signal: AbortSignal.timeout(20_000),
		},
	);
	const field = (name: string): string => {
		const value = new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];
		if (value !== undefined) return value;
		throw new UploadError("storage-error", `Could not ${action}. The answer has no ${name}.`);
	};
	const delegation: DelegationFields = {
		skoid: field("SignedOid"),
		sktid: field("SignedTid"),
		skt: field("SignedStart"),
		ske: field("SignedExpiry"),
		sks: field("SignedService"),
		skv: field("SignedVersion"),
	};
	const key = createSecretKey(Buffer.from(field("Value"), "base64"));
	return { key, delegation, expires: Date.parse(delegation.ske) - safetyMargin };
}

function tokenError(what: string, cause?: unknown): UploadError {
	return new UploadError(
		"storage-unavailable",
		"The server has no credentials for the storage at the moment. Try again.",
		{
			cause,
			reason: `The option getToken of azureProvider ${what}. Check the identity that the server runs as.`,
			retryAfter: 5,
		},
	);
}

function timeOf(milliseconds: number): string {
	return new Date(milliseconds).toISOString().replace(".000", "");
}

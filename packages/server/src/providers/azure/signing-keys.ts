import { createSecretKey, type KeyObject } from "node:crypto";
import { UploadError } from "../../errors.js";
import { exchange } from "./exchange.js";
import type { AzureSettings } from "./options.js";
import {
	type DelegationFields,
	type SigningKey,
	type SigningKeys,
	serviceVersion,
} from "./signer.js";

const action = "get a key to sign with";

/** The scope of tokens for Azure Storage, in every cloud. */
const scope = "https://storage.azure.com/.default";

/** Seconds; a SAS may live longer, but a user delegation key may not. */
export const longestExpiry = 604_800;

const minute = 60_000;
const hour = 60 * minute;

/** Milliseconds by which a URL ends before its key. */
const safetyMargin = minute;

/** Milliseconds of a week's end that are not asked for: the service refuses one second beyond its own week. */
const clockMargin = 15 * minute;

/** Makes the reader of the key to sign with. */
export function signingKeys(settings: AzureSettings): SigningKeys {
	const { accountKey } = settings;
	const read = accountKey ? accountKeyReader(accountKey) : delegationKeyReader(settings);
	return async (seconds) => {
		if (!Number.isInteger(seconds) || seconds < 1 || seconds > longestExpiry) {
			throw new RangeError(
				`expiresIn must be a whole number from 1 to ${longestExpiry}, not ${seconds}`,
			);
		}
		const now = Math.floor(Date.now() / 1_000) * 1_000;
		const wanted = now + seconds * 1_000;
		const signing = await read(wanted);
		return { signing, expires: Math.min(wanted, signing.expires) };
	};
}

type ReadKey = (until: number) => Promise<SigningKey>;

function accountKeyReader(accountKey: Buffer): ReadKey {
	const signing = { key: createSecretKey(accountKey), expires: Number.POSITIVE_INFINITY };
	return async () => signing;
}

/** Keeps one user delegation key, and fetches the next one when a URL would outlive it. */
function delegationKeyReader(settings: AzureSettings): ReadKey {
	let kept: SigningKey | undefined;
	let fetched = 0;
	let fetching: Promise<SigningKey> | undefined;
	const renew = async (): Promise<SigningKey> => {
		kept = await fetchDelegationKey(settings);
		fetched = Date.now();
		return kept;
	};
	return async (until) => {
		const now = Date.now();
		// a new key every hour at most, also for URLs that want to live as long as a key
		if (kept && now < kept.expires && (until <= kept.expires || now < fetched + hour)) return kept;
		fetching ??= renew().finally(() => {
			fetching = undefined;
		});
		const usable = kept && now < kept.expires ? kept : undefined;
		return fetching.catch((error: unknown) => {
			if (usable) return usable;
			throw error;
		});
	};
}

/** https://learn.microsoft.com/rest/api/storageservices/get-user-delegation-key */
async function fetchDelegationKey({ endpoint, getToken }: AzureSettings): Promise<SigningKey> {
	let token: string | undefined;
	try {
		token = (await getToken?.(scope))?.token;
	} catch (cause) {
		throw tokenError("threw", cause);
	}
	if (!token) throw tokenError("returned no token");
	const start = Math.floor(Date.now() / 1_000) * 1_000;
	const end = start + longestExpiry * 1_000 - clockMargin;
	const response = await exchange(action, `${endpoint}/?restype=service&comp=userdelegationkey`, {
		method: "POST",
		headers: { authorization: `Bearer ${token}`, "x-ms-version": serviceVersion },
		body: `<?xml version="1.0" encoding="utf-8"?><KeyInfo><Start>${timeOf(start - clockMargin)}</Start><Expiry>${timeOf(end)}</Expiry></KeyInfo>`,
		signal: AbortSignal.timeout(20_000),
	});
	const xml = await response.text();
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
	const key: KeyObject = createSecretKey(Buffer.from(field("Value"), "base64"));
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

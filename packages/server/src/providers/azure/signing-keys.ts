import { createSecretKey } from "node:crypto";
import { fetchDelegationKey } from "./on-demand.js";
import type { AzureSettings } from "./options.js";
import { longestExpiry, type SigningKey, type SigningKeys } from "./signer.js";

/** Milliseconds between two keys that are fetched for URLs that want to live as long as a key. */
const renewalInterval = 3_600_000;

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
		// a clock that was ahead and is right again has asked for a key that begins later
		const isEarly = Date.parse(kept?.delegation?.skt ?? "") > now;
		const usable = kept && !isEarly && now < kept.expires ? kept : undefined;
		if (usable && (until <= usable.expires || now < fetched + renewalInterval)) return usable;
		fetching ??= renew().finally(() => {
			fetching = undefined;
		});
		return fetching.catch((error: unknown) => {
			if (usable) return usable;
			throw error;
		});
	};
}

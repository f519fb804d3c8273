import { setTimeout } from "node:timers/promises";

/** Milliseconds in which a storage of a busy machine answers: a provider gives one call up after 20 to 26 s. */
const timeout = 600_000;

/** Makes a call of a provider, again and again while the storage is too slow for it. */
export async function whileUnavailable(call) {
	const deadline = performance.now() + timeout;
	for (;;) {
		try {
			return await call();
		} catch (error) {
			if (!error.retryable || performance.now() > deadline) throw error;
			await setTimeout(500);
		}
	}
}

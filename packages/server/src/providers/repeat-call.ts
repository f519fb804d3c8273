import { setTimeout as sleep } from "node:timers/promises";
import { hasCode } from "../errors.js";

/** Attempts of a call: Google and Azure have a busy moment now and then, and the caller waits meanwhile. */
const defaultAttempts = 3;

/** Milliseconds before the second attempt; doubled before each further one. */
const firstDelay = 200;

/**
 * Repeats a call while the storage is unavailable. S3's SDK does so by itself.
 *
 * @param call - One attempt. What it changes must be safe to repeat, or the caller must recognize it as its own.
 * @param attempts - How many are made at most.
 * @returns The result of the attempt that succeeds.
 * @throws The error of the last attempt.
 */
export async function repeatCall<Result>(
	call: () => Promise<Result>,
	attempts: number = defaultAttempts,
): Promise<Result> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await call();
		} catch (error) {
			if (attempt === attempts || !hasCode(error, "storage-unavailable")) throw error;
			// spread, so that many callers do not return at once
			await sleep(firstDelay * 2 ** (attempt - 1) * (0.5 + Math.random() / 2));
		}
	}
}

// What the storage holds after an upload.
import { setTimeout as sleep } from "node:timers/promises";

/** A server may close an idle connection just as it is used again, above all on a busy machine. */
const readAttempts = 5;

/** Compares the object at a key: `"own"` has the very bytes, `"none"` is no object, `"other"` is any other. */
export async function compareStored(provider, key, bytes) {
	for (let attempt = 1; ; attempt++) {
		try {
			return await compareOnce(provider, key, bytes);
		} catch (error) {
			// what fetch throws without a response, or in the middle of one
			if (!(error instanceof TypeError) || attempt === readAttempts) throw error;
		}
	}
}

async function compareOnce(provider, key, bytes) {
	const { url } = await provider.signDownload(key, { expiresIn: 600 });
	const response = await fetch(url);
	if (response.status === 404) {
		await response.body?.cancel();
		return "none";
	}
	if (!response.ok) throw new Error(`Reading ${key} failed with status ${response.status}.`);
	let size = 0;
	let equal = true;
	for await (const chunk of response.body) {
		equal &&= bytes.subarray(size, size + chunk.length).equals(chunk);
		size += chunk.length;
	}
	return equal && size === bytes.length ? "own" : "other";
}

/** Milliseconds. A handler waits for its storage for up to 26 s after its caller has left, on an idle machine. */
const idleTimeout = 300_000;

/** Resolves once both proxies are idle: requests go on after their upload has ended. */
export async function untilIdle({ logs }) {
	const deadline = performance.now() + idleTimeout;
	for (let seen = -1; ; ) {
		const requests = [...logs.storage, ...logs.handler];
		const open = requests.filter(({ done }) => !done);
		if (requests.length === seen && open.length === 0) return;
		if (performance.now() > deadline) {
			const names = open.map(({ operation, path, fault }) => `${operation} ${path} (${fault})`);
			throw new Error(
				`Requests still run after ${idleTimeout / 1000} s: ${names.join() || "new ones keep coming"}`,
			);
		}
		seen = requests.length;
		await sleep(2_000);
	}
}

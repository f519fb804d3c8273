// What there is to see when uploads have ended.
import { setTimeout as sleep } from "node:timers/promises";

/** What stands at a key: the very bytes, nothing, or something else. */
export async function compare(provider, key, bytes) {
	const { url } = await provider.signDownload(key, { expiresIn: 600 });
	const answer = await fetch(url);
	if (answer.status === 404) {
		await answer.body?.cancel();
		return "none";
	}
	if (!answer.ok) throw new Error(`${key} cannot be read back: HTTP ${answer.status}`);
	let size = 0;
	let equal = true;
	for await (const chunk of answer.body) {
		equal &&= bytes.subarray(size, size + chunk.length).equals(chunk);
		size += chunk.length;
	}
	return equal && size === bytes.length ? "own" : "other";
}

/** Milliseconds after which a call hangs that nobody waits for: a handler gives its storage 26 s. */
const longestAftermath = 60_000;

/** Resolves once nothing has happened any more for a while: calls go on after their upload has ended. */
export async function settled({ logs }) {
	const deadline = performance.now() + longestAftermath;
	for (let seen = -1; ; ) {
		const requests = [...logs.storage, ...logs.handler];
		const open = requests.filter(({ done }) => !done);
		if (requests.length === seen && open.length === 0) return;
		if (performance.now() > deadline) {
			const names = open.map(({ operation, path, fault }) => `${operation} ${path} (${fault})`);
			throw new Error(`There is no end to it: ${names.join() || "new requests all the time"}`);
		}
		seen = requests.length;
		await sleep(2_000);
	}
}

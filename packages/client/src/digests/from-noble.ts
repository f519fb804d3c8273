import type { Hasher } from "../platform.js";

/** A hash of `@noble/hashes`. */
interface NobleHash {
	create(): { update(chunk: Uint8Array): unknown; digest(): Uint8Array };
}

export function fromNoble({ create }: NobleHash): Hasher {
	const hash = create();
	return {
		update: (chunk) => void hash.update(chunk),
		digest: () => btoa(String.fromCharCode(...hash.digest())),
	};
}

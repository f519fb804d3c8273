import { crc32Polynomials, createCrc32 } from "../digests/crc32.js";
import type { Hasher, Platform } from "../platform.js";
import { missingCode } from "../upload/load-code.js";

/** A hash of `@noble/hashes`. */
interface NobleHash {
	create(): { update(chunk: Uint8Array): unknown; digest(): Uint8Array };
}

/** @throws UploadError `network` when a new deployment of the site has removed the code. */
const load = <Code>(code: Promise<Code>): Promise<Code> =>
	code.catch((cause) => {
		throw missingCode(cause);
	});

function fromNoble({ create }: NobleHash): Hasher {
	const hash = create();
	return {
		update: (chunk) => void hash.update(chunk),
		digest: () => btoa(String.fromCharCode(...hash.digest())),
	};
}

/** Hashes that few storages need are loaded on demand. */
export const hashers: Platform["hashers"] = {
	crc32: () => createCrc32(),
	crc32c: () => createCrc32(crc32Polynomials.crc32c),
	crc64nvme: async () => (await load(import("../digests/crc64nvme.js"))).createCrc64Nvme(),
	md5: async () => fromNoble((await load(import("./md5.js"))).md5),
	sha256: async () => fromNoble((await load(import("./sha256.js"))).sha256),
};

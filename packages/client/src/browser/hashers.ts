import { crc32Polynomials, createCrc32 } from "../digests/crc32.js";
import { wrap } from "../errors.js";
import type { Hasher, Platform } from "../platform.js";

/** A hash of `@noble/hashes`. */
interface NobleHash {
	create(): { update(chunk: Uint8Array): unknown; digest(): Uint8Array };
}

/** @throws UploadError `network` where a page that is open while its site is deployed anew finds the code gone. */
async function load<Code>(code: Promise<Code>): Promise<Code> {
	return await code.catch((cause) => {
		throw wrap(cause, "network", "Code of the upload cannot be loaded: reload the page.");
	});
}

function fromNoble({ create }: NobleHash): Hasher {
	const hash = create();
	return {
		update: (chunk) => void hash.update(chunk),
		digest: () => btoa(String.fromCharCode(...hash.digest())),
	};
}

/** The code of those that few storages want is loaded on demand. */
export const hashers: Platform["hashers"] = {
	crc32: () => createCrc32(),
	crc32c: () => createCrc32(crc32Polynomials.crc32c),
	crc64nvme: async () => (await load(import("../digests/crc64nvme.js"))).createCrc64Nvme(),
	md5: async () => fromNoble((await load(import("./md5.js"))).md5),
	sha256: async () => fromNoble((await load(import("./sha256.js"))).sha256),
};

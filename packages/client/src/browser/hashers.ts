import { crc32Polynomials, createCrc32 } from "../digests/crc32.js";
import type { Platform } from "../platform.js";
import { loaded } from "../upload/load-code.js";

/** Hashes that few storages need are loaded on demand. */
export const hashers: Platform["hashers"] = {
	crc32: () => createCrc32(),
	crc32c: () => createCrc32(crc32Polynomials.crc32c),
	crc64nvme: async () => (await loaded(import("../digests/crc64nvme.js"))).createCrc64Nvme(),
	md5: async () => (await loaded(import("./md5.js"))).createMd5(),
	sha256: async () => (await loaded(import("./sha256.js"))).createSha256(),
};

// Loaded on demand: WebCrypto can't digest a file in chunks.
export { sha256 } from "@noble/hashes/sha2.js";

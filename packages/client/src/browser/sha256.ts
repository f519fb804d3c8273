// Loaded on demand: WebCrypto digests only what is in memory as a whole.
export { sha256 } from "@noble/hashes/sha2.js";

// Loaded on demand: WebCrypto can't digest a file in chunks.
import { sha256 } from "@noble/hashes/sha2.js";
import { fromNoble } from "../digests/from-noble.js";
import type { Hasher } from "../platform.js";

export const createSha256 = (): Hasher => fromNoble(sha256);

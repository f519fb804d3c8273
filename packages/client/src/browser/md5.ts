// Loaded on demand: browsers have no MD5, which some storages require for every part.
import { md5 } from "@noble/hashes/legacy.js";
import { fromNoble } from "../digests/from-noble.js";
import type { Hasher } from "../platform.js";

export const createMd5 = (): Hasher => fromNoble(md5);

// Loaded on demand: browsers have no MD5, which some storages require for every part.
export { md5 } from "@noble/hashes/legacy.js";

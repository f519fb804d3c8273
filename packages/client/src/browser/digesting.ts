// All that is loaded on demand to digest files, in one piece.
export { createCrc32 } from "./crc32.js";
export { readChunks } from "./read-chunks.js";

// Everything that is loaded on demand, in one chunk.
export { sendMultipart } from "./multipart.js";
export { findPending } from "./pending.js";
export { openResumption } from "./resume.js";
export { openStream } from "./stream-source.js";

// Everything that is loaded on demand, in one chunk.

export { uploadFiles } from "../files/upload-files.js";
export { createObjectCalls } from "../object-calls.js";
export { openThrottle } from "../upload/throttle.js";
export { sendMultipart } from "./multipart.js";
export { findPending } from "./pending.js";
export { openResumption } from "./resume.js";
export { openStream } from "./stream-source.js";

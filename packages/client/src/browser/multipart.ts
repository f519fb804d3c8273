// The one chunk that is loaded on demand: uploads in parts, streams, and the store of `resume: true`.
export { sendMultipart } from "../multipart/multipart.js";
export { openResumption } from "../multipart/resume.js";
export { openStream } from "../multipart/stream-source.js";
export { resumeStore } from "./indexed-db.js";

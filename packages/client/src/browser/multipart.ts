// The one chunk that is loaded on demand: uploads in parts, streams, and the store of `resume: true`.
import { sendMultipart as sendParts } from "../multipart/multipart.js";
import { sendDigested } from "./send-digested.js";

export { findPending } from "../multipart/pending.js";
export { openResumption } from "../multipart/resume.js";
export { openStream } from "../multipart/stream-source.js";
export { resumeStore } from "./indexed-db.js";

export const sendMultipart: typeof sendParts = (upload, ...rest) =>
	sendParts({ ...upload, platform: { ...upload.platform, send: sendDigested } }, ...rest);

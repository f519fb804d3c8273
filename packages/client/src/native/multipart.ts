// What other runtimes load on demand, in one module: apps load no code.
import { openResumption as open } from "../multipart/resume.js";
import { requireReadable } from "./file-source.js";

export { uploadFiles } from "../files/upload-files.js";
export { sendMultipart } from "../multipart/multipart.js";
export { findPending } from "../multipart/pending.js";
export { openStream } from "../multipart/stream-source.js";
export { createObjectCalls } from "../object-calls.js";
export { openThrottle } from "../upload/throttle.js";

/** Refuses a file that nothing reads, before anything is created on the server. */
export const openResumption: typeof open = async (upload) => {
	if ("slice" in upload.source) requireReadable(upload.source);
	return await open(upload);
};

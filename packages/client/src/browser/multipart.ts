// The one chunk that is loaded on demand: uploads in parts, streams, the store of `resume: true`, many files at
// once, and the calls about objects. Several chunks would split what they share with the static entry, too.
import { createCrc32 } from "../digests/crc32.js";
import { nextTask } from "../http/wait.js";
import { sendMultipart as sendParts } from "../multipart/multipart.js";
import { openResumption as openRecord } from "../multipart/resume.js";
import type { Hasher } from "../platform.js";
import type { UploadContext } from "../upload/context.js";
import { createDigestWorker, createWorkerHasher } from "./digest-worker.js";
import { checkSamples, takeSamples } from "./file-samples.js";
import { sendAndDigest } from "./send-and-digest.js";

export { uploadFiles } from "../files/upload-files.js";
export { findPending } from "../multipart/pending.js";
export { openStream } from "../multipart/stream-source.js";
export { createObjectCalls } from "../object-calls.js";
export { openThrottle } from "../upload/throttle.js";
export { resumeStore } from "./indexed-db.js";

/** Of all uploads of the page. */
const worker = /* @__PURE__ */ createDigestWorker();
const crc32 = (): Hasher => createWorkerHasher(worker, createCrc32());

/** What large files need of the platform besides. */
const withParts = ({ platform, ...upload }: UploadContext): UploadContext => {
	const hashers = { ...platform.hashers, crc32 };
	const parts = { hashers, send: sendAndDigest, takeSamples, checkSamples };
	return { ...upload, platform: { ...platform, ...parts } };
};

export const openResumption: typeof openRecord = async (upload) => {
	const { source } = upload;
	const resumption = await openRecord(withParts(upload));
	// beside the call that creates the upload
	if ("slice" in source) void nextTask().then(() => takeSamples(source));
	return resumption;
};

export const sendMultipart: typeof sendParts = (upload, ...rest) =>
	sendParts(withParts(upload), ...rest);

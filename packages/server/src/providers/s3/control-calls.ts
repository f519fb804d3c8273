import { callRunner } from "./calls.js";
import { type MultipartCalls, multipartCalls } from "./multipart.js";
import { type ObjectCalls, objectCalls } from "./objects.js";
import type { S3Settings } from "./settings.js";

/** Makes all control calls, in one module: every file costs a cold start half a millisecond. */
export function controlCalls(settings: S3Settings): MultipartCalls & ObjectCalls {
	const run = callRunner(settings);
	return { ...multipartCalls(settings, run), ...objectCalls(settings, run) };
}

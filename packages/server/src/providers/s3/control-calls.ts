import type { PresignProvider } from "../../provider.js";
import { callRunner } from "./calls.js";
import { copyCalls } from "./copies.js";
import { type MultipartCalls, multipartCalls } from "./multipart.js";
import { type ObjectCalls, objectCalls } from "./objects.js";
import type { S3Settings } from "./settings.js";

/** All calls that the server makes with its own credentials. */
export type ControlCalls = MultipartCalls & ObjectCalls & Pick<PresignProvider, "copy">;

/** Creates all control calls, in one module: each file adds half a millisecond to a cold start. */
export function controlCalls(settings: S3Settings): ControlCalls {
	const run = callRunner(settings);
	return {
		...multipartCalls(settings, run),
		...objectCalls(settings, run),
		...copyCalls(settings, run),
	};
}

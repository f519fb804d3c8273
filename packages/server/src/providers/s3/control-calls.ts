import type { ControlCalls } from "../on-demand.js";
import { callRunner } from "./calls.js";
import { copyCalls } from "./copies.js";
import { multipartCalls } from "./multipart.js";
import { objectCalls } from "./objects.js";
import type { S3Settings } from "./settings.js";

/** Creates all control calls. */
export function controlCalls(settings: S3Settings): ControlCalls {
	const run = callRunner(settings);
	return {
		...multipartCalls(settings, run),
		...objectCalls(settings, run),
		...copyCalls(settings, run),
	};
}

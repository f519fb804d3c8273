import type { UploadOutcome } from "../outcomes.js";
import { quarantinePrefix } from "../quarantine.js";
import { checkInPlace } from "./check-in-place.js";
import type { ObjectContext } from "./object-context.js";
import type { ObjectEvent } from "./object-event.js";
import { type ProcessOptions, processUpload } from "./process-upload.js";

/** Works on the object of one event, by where it is. */
export async function processObject(
	context: ObjectContext,
	event: ObjectEvent,
	options: ProcessOptions,
): Promise<UploadOutcome | undefined> {
	const provider = await context.providerOf(event);
	if (!provider) return undefined;
	const isQuarantined = event.key.startsWith(quarantinePrefix);
	return (isQuarantined ? processUpload : checkInPlace)(context, event, provider, options);
}

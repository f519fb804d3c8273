import type { ControlCalls } from "../on-demand.js";
import { callSender } from "./calls.js";
import { multipartCalls } from "./multipart.js";
import { objectCalls } from "./objects.js";
import type { GcsSettings } from "./options.js";
import type { GcsSigner } from "./signer.js";

/** Makes the control calls of one provider. */
export function controlCalls(settings: GcsSettings, signer: GcsSigner): ControlCalls {
	const send = callSender(settings, signer);
	return { ...multipartCalls(send), ...objectCalls(settings.bucket, send) };
}

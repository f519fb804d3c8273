import type { PresignProvider } from "../../provider.js";
import { callSender } from "./calls.js";
import { multipartCalls } from "./multipart.js";
import { objectCalls } from "./objects.js";
import type { GcsSettings } from "./options.js";
import type { GcsSigner } from "./signer.js";

/** The calls that the server makes with its own credentials. */
export type ControlCalls = Pick<
	PresignProvider,
	| "createMultipart"
	| "listParts"
	| "completeMultipart"
	| "abortMultipart"
	| "head"
	| "delete"
	| "copy"
>;

/** Makes the control calls of one provider. */
export function controlCalls(settings: GcsSettings, signer: GcsSigner): ControlCalls {
	const send = callSender(settings, signer);
	return { ...multipartCalls(send), ...objectCalls(settings.bucket, send) };
}

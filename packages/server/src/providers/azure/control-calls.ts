import type { PresignProvider } from "../../provider.js";
import { storageCalls } from "./calls.js";
import { multipartCalls } from "./multipart.js";
import { objectCalls } from "./objects.js";
import type { AzureSettings } from "./options.js";
import type { SignBlob, SigningKeys } from "./signer.js";

/** The calls that the server makes with its own rights. */
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
export function controlCalls(
	settings: AzureSettings,
	sign: SignBlob,
	keys: SigningKeys,
): ControlCalls {
	const calls = storageCalls(settings, sign, keys);
	const objects = objectCalls(calls);
	return { ...objects, ...multipartCalls(calls, objects.head) };
}

import type { StorageMaintenance } from "../../maintenance.js";
import type { ControlCalls } from "../on-demand.js";
import { storageCalls } from "./calls.js";
import { listCalls } from "./lists.js";
import { multipartCalls } from "./multipart.js";
import { objectCalls } from "./objects.js";
import type { AzureSettings } from "./options.js";
import type { SignBlob, SigningKeys } from "./signer.js";

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

/** Makes the calls on many objects. */
export function maintenanceCalls(
	settings: AzureSettings,
	sign: SignBlob,
	keys: SigningKeys,
): StorageMaintenance {
	const calls = storageCalls(settings, sign, keys);
	const { abortMultipart } = multipartCalls(calls, objectCalls(calls).head);
	return { ...listCalls(calls), abortUpload: abortMultipart };
}

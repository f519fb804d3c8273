import type { StorageMaintenance } from "../../maintenance.js";
import type { ControlCalls } from "../on-demand.js";
import type { SigningAccount } from "./account.js";
import { callSender } from "./calls.js";
import { listCalls } from "./lists.js";
import { multipartCalls } from "./multipart.js";
import { objectCalls } from "./objects.js";
import type { GcsSettings } from "./options.js";

/** Makes the control calls of one provider. */
export function controlCalls(settings: GcsSettings, account: SigningAccount): ControlCalls {
	const send = callSender(settings, account);
	return { ...multipartCalls(send), ...objectCalls(settings.bucket, send) };
}

/** Makes the calls on many objects. */
export function maintenanceCalls(
	settings: GcsSettings,
	account: SigningAccount,
): StorageMaintenance {
	const send = callSender(settings, account);
	return { ...listCalls(send), abortUpload: multipartCalls(send).abortMultipart };
}

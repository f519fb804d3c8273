import type { StorageMaintenance } from "../../maintenance.js";
import { type ControlCalls, maintenanceOnDemand, onDemand } from "../on-demand.js";
import type { AzureSettings } from "./options.js";
import type { SignBlob, SigningKey, SigningKeys } from "./signer.js";

export const controlCalls = (
	settings: AzureSettings,
	sign: SignBlob,
	keys: SigningKeys,
): ControlCalls =>
	onDemand(async () => (await import("./control-calls.js")).controlCalls(settings, sign, keys));

/** Lists objects and uploads, after the upload. */
export const maintenance = (
	settings: AzureSettings,
	sign: SignBlob,
	keys: SigningKeys,
): StorageMaintenance =>
	maintenanceOnDemand(async () =>
		(await import("./control-calls.js")).maintenanceCalls(settings, sign, keys),
	);

/** A user delegation key, which servers with an account key never fetch. */
export async function fetchDelegationKey(settings: AzureSettings): Promise<SigningKey> {
	return (await import("./delegation-key.js")).fetchDelegationKey(settings);
}

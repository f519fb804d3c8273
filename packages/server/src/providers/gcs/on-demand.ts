import type { StorageMaintenance } from "../../maintenance.js";
import { type ControlCalls, maintenanceOnDemand, onDemand } from "../on-demand.js";
import type { SigningAccount } from "./account.js";
import type { GcsSettings } from "./options.js";

export const controlCalls = (settings: GcsSettings, account: SigningAccount): ControlCalls =>
	onDemand(async () => (await import("./control-calls.js")).controlCalls(settings, account));

/** Lists objects and uploads, after the upload. */
export const maintenance = (settings: GcsSettings, account: SigningAccount): StorageMaintenance =>
	maintenanceOnDemand(async () =>
		(await import("./control-calls.js")).maintenanceCalls(settings, account),
	);

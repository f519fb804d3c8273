import { type ControlCalls, onDemand } from "../on-demand.js";
import type { GcsSettings } from "./options.js";
import type { GcsSigner } from "./signer.js";

export const controlCalls = (settings: GcsSettings, signer: GcsSigner): ControlCalls =>
	onDemand(async () => (await import("./control-calls.js")).controlCalls(settings, signer));

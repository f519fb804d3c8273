import type { StorageMaintenance } from "../maintenance.js";
import type { PresignProvider } from "../provider.js";

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

/** Loads once, at first use. */
export function once<Value>(load: () => Promise<Value>): () => Promise<Value> {
	let loading: Promise<Value> | undefined;
	return () => {
		loading ??= load();
		return loading;
	};
}

/** Control calls whose code is loaded at first use, so that a server that only signs starts without them. */
export function onDemand(loadCalls: () => Promise<ControlCalls>): ControlCalls {
	const load = once(loadCalls);
	return {
		createMultipart: async (...call) => (await load()).createMultipart(...call),
		listParts: async (...call) => (await load()).listParts(...call),
		completeMultipart: async (...call) => (await load()).completeMultipart(...call),
		abortMultipart: async (...call) => (await load()).abortMultipart(...call),
		head: async (...call) => (await load()).head(...call),
		delete: async (...call) => (await load()).delete(...call),
		copy: async (...call) => (await load()).copy(...call),
	};
}

/** Calls on many objects, without tags, whose code is loaded at first use. */
export function maintenanceOnDemand(
	loadCalls: () => Promise<StorageMaintenance>,
): StorageMaintenance {
	const load = once(loadCalls);
	return {
		async *listObjects(prefix) {
			yield* (await load()).listObjects(prefix);
		},
		async *listUploads(prefix) {
			yield* (await load()).listUploads(prefix);
		},
		abortUpload: async (upload) => (await load()).abortUpload(upload),
	};
}

import type { ControlCalls } from "./control-calls.js";
import type { AzureSettings } from "./options.js";
import type { SignBlob, SigningKey, SigningKeys } from "./signer.js";

/** The control calls, loaded at first use, so that a server that only signs starts without them. */
export function controlCalls(
	settings: AzureSettings,
	sign: SignBlob,
	keys: SigningKeys,
): ControlCalls {
	let loading: Promise<ControlCalls> | undefined;
	const load = (): Promise<ControlCalls> => {
		loading ??= import("./control-calls.js").then((loaded) =>
			loaded.controlCalls(settings, sign, keys),
		);
		return loading;
	};
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

/** A user delegation key, which servers with an account key never fetch. */
export async function fetchDelegationKey(settings: AzureSettings): Promise<SigningKey> {
	return (await import("./delegation-key.js")).fetchDelegationKey(settings);
}

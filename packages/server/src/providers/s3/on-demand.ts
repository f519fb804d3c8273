import type { CapabilityCorrections, ProbeOptions } from "../../capabilities.js";
import type { StorageMaintenance } from "../../maintenance.js";
import { type ControlCalls, maintenanceOnDemand, once, onDemand } from "../on-demand.js";
import type { CredentialFunction } from "./credentials.js";
import type { ProbeSubject } from "./probe.js";
import type { Signer } from "./requests.js";
import type { S3Settings } from "./settings.js";

/** Everything that needs the AWS SDK. Loaded at first use, so that a server that only signs starts without it. */
const withSdk = () => import("./with-sdk.js");

/** The calls that the server makes with its own credentials. */
export const controlCalls = (settings: S3Settings): ControlCalls =>
	onDemand(async () => (await withSdk()).controlCalls(settings));

/** Lists and tags objects, after the upload. */
export function maintenance(settings: S3Settings): StorageMaintenance {
	const load = once(async () => (await withSdk()).maintenanceCalls(settings));
	return {
		...maintenanceOnDemand(load),
		tags: {
			readTags: async (...call) => (await load()).tags.readTags(...call),
			writeTags: async (...call) => (await load()).tags.writeTags(...call),
		},
	};
}

/** Tries a bucket. */
export async function probe(
	subject: ProbeSubject,
	prefix: string,
	options?: ProbeOptions,
): Promise<CapabilityCorrections> {
	return (await withSdk()).probeBucket(subject, prefix, options);
}

/** The SDK's default credential chain: shared files, containers, instance metadata. */
export function credentialChain(settings: S3Settings): CredentialFunction {
	const load = once(async () => (await withSdk()).credentialChain(settings));
	return async (options) => (await load())(options);
}

/** Signs with the SDK's presigner, for hosts that only the SDK's endpoint rules know. */
export function sdkSigner(settings: S3Settings): Signer {
	const load = once(async () => (await withSdk()).sdkSigner(settings));
	return {
		sign: async (...call) => (await load()).sign(...call),
		signParts: async (...call) => (await load()).signParts(...call),
	};
}

import { randomUUID } from "node:crypto";
import type { PresignProvider } from "@skyput/server/provider";
import { checkOptions } from "../check-options.js";
import { memoryCapabilities } from "./capabilities.js";
import { memoryCalls } from "./memory-provider.js";
import { type MemoryState, serveMemory } from "./storage.js";
import { type Fail, urlSigner } from "./url-signer.js";

export interface MemoryStorageOptions {
	/**
	 * `signature`: URLs bind every constraint, each part by itself, as those of S3 do. `token`: a URL grants a
	 * permission on the whole object, as a SAS of Azure does.
	 *
	 * @default "signature"
	 */
	readonly style?: "signature" | "token" | undefined;
}

/** A running storage. */
export interface MemoryStorage {
	readonly provider: PresignProvider;
	/** Ends the server; its objects are gone. */
	close(): Promise<void>;
}

/**
 * Starts a storage in memory, on 127.0.0.1, and makes its provider: for tests of your own, and as an example
 * for authors of providers.
 *
 * @param options the kind of URLs that the storage has
 * @returns the provider, and how to end it
 * @throws TypeError for an unknown option or style
 */
export async function startMemoryStorage(
	options: MemoryStorageOptions = {},
): Promise<MemoryStorage> {
	checkOptions("startMemoryStorage()", options, { style: true } satisfies Readonly<
		Record<keyof MemoryStorageOptions, true>
	>);
	const { style = "signature" } = options;
	if (!Object.hasOwn(memoryCapabilities, style)) {
		throw new TypeError(`style must be "signature" or "token", not ${JSON.stringify(style)}.`);
	}
	const { UploadError } = await import("@skyput/server/provider");
	const fail: Fail = (code, message) => new UploadError(code, message);
	const state: MemoryState = { objects: new Map(), uploads: new Map(), secret: randomUUID() };
	const { endpoint, close } = await serveMemory(state);
	const capabilities = memoryCapabilities[style];
	const { secret } = state;
	const provider = {
		...memoryCalls({ state, capabilities, fail }),
		...urlSigner({ endpoint, secret, capabilities, fail }),
	};
	return { provider, close };
}

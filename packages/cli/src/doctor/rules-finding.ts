import type { PresignProvider, Uploads } from "@skyput/server";
import { createFetchHandler } from "@skyput/server/web";
import { providerForAll } from "../providers.js";
import { type Finding, finding } from "./finding.js";

/** Whether a handler refuses rules that the storage cannot honour. @returns Undefined where it starts */
export function rulesFinding(uploads: Uploads, provider: PresignProvider): Finding | undefined {
	try {
		createFetchHandler({
			uploads,
			provider: providerForAll(uploads, provider),
			tokenSecret: crypto.randomUUID(),
			log: { error() {}, warn() {}, info() {} },
		});
		return undefined;
	} catch (error) {
		return finding("rules-unsupported", error instanceof Error ? error.message : String(error));
	}
}

import { toUploadError } from "../errors.js";
import { logError } from "../hooks.js";
import type { UploadOutcome } from "../outcomes.js";
import { quarantinePrefix } from "../quarantine.js";
import { reservedSegment } from "../uploads/key.js";
import { inParallel } from "./in-parallel.js";
import { type ObjectHandlerOptions, readOptions } from "./object-options.js";
import { processObject } from "./process-object.js";

/** Options of {@link rescan}: those of the object handler, whose `provider` is no function. */
export interface RescanOptions extends ObjectHandlerOptions {
	/** Ends the work; objects that were begun are finished or left as they are. @default none */
	readonly signal?: AbortSignal | undefined;
}

/** How many objects ended how. */
export type RescanResult = Readonly<Record<UploadOutcome["state"] | "failed", number>>;

/**
 * Runs the steps again, on files in quarantine (`.skyput/quarantine/`), such as those that are held or whose events
 * were lost, and on objects at their keys, such as with newer signatures. What is found at its key becomes the
 * object's tag; where it is rejected now, the option `rejected` decides. A step that fails changes nothing.
 *
 * @param prefix - Of the keys.
 * @param options - As for the object handler.
 * @returns How many objects are available, rejected and held, and how many could not be looked at (see the log).
 * @throws TypeError when an option is wrong, and where the storage cannot list objects.
 * @example
 * export const handler = () => rescan(".skyput/quarantine/", options);
 */
export async function rescan(
	prefix: string,
	{ signal, ...options }: RescanOptions,
): Promise<RescanResult> {
	const { context, concurrency, providers } = readOptions(options);
	if (providers.length === 0)
		throw new TypeError("rescan needs storages, not a function of events.");
	const counts = { available: 0, rejected: 0, held: 0, failed: 0 };
	for (const provider of providers) {
		const { maintenance, bucket, id } = provider;
		if (!maintenance) throw new TypeError(`The provider of ${id} storage cannot list objects.`);
		const objects = maintenance.listObjects(prefix);
		await inParallel(objects, concurrency, async ({ key }) => {
			const isOwn = key.startsWith(`${reservedSegment}/`) && !key.startsWith(quarantinePrefix);
			if (isOwn || signal?.aborted) return;
			try {
				// no attempt is the last one
				const event = { bucket, key, attempt: 0 };
				const outcome = await processObject(context, event, { again: true, signal });
				if (outcome) counts[outcome.state] += 1;
			} catch (thrown) {
				counts.failed += 1;
				logError(context.log, toUploadError(thrown), {});
			}
		});
	}
	return counts;
}

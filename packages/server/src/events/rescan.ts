import { toUploadError } from "../errors.js";
import { logError, writeLog } from "../hooks.js";
import { outcomeLife, type UploadOutcome } from "../outcomes.js";
import { quarantinePrefix } from "../quarantine.js";
import { reservedSegment } from "../uploads/key.js";
import { inParallel } from "./in-parallel.js";
import { type ObjectHandlerOptions, readOptions } from "./object-options.js";
import { processObject } from "./process-object.js";

/** Options of {@link rescan}: those of the object handler, whose `provider` is no function. */
export interface RescanOptions extends ObjectHandlerOptions {
	/** Ends the work; objects that were begun are finished or left as they are. @default none */
	readonly signal?: AbortSignal | undefined;
	/** A clock for tests, in milliseconds. @default Date.now */
	readonly now?: (() => number) | undefined;
}

/** How many objects ended how. */
export type RescanResult = Readonly<Record<UploadOutcome["state"] | "failed", number>>;

/**
 * Runs the steps again, on files in quarantine (`.skyput/quarantine/`), such as those that are held or whose events
 * were lost, and on objects at their keys, such as with newer signatures. The verdict on one at its key
 * becomes its tag, where the storage has tags; where it is rejected now, the option `rejected` decides. A step that fails changes nothing.
 *
 * Outcomes are kept for 31 days. A file that has waited in quarantine for longer than that without one is left as it is,
 * because it may have been rejected.
 *
 * @param prefix - Of the keys.
 * @param options - As for the object handler.
 * @returns How many objects are available, rejected and held, and how many could not be looked at (see the log).
 * @throws TypeError when an option is wrong, and where the storage cannot list objects.
 * @example
 * export const handler = () => rescan(".skyput/quarantine/", options);
 */
export async function rescan(prefix: string, options: RescanOptions): Promise<RescanResult> {
	if (typeof prefix !== "string")
		throw new TypeError(`prefix must be a string, not ${typeof prefix}.`);
	const { signal, now = Date.now, ...others }: RescanOptions = Object(options);
	const { context, concurrency, providers } = readOptions(others);
	if (providers.length === 0)
		throw new TypeError("rescan needs storages, not a function of events.");
	let left = 0;
	const counts = { available: 0, rejected: 0, held: 0, failed: 0 };
	for (const provider of providers) {
		const { maintenance, bucket, id } = provider;
		if (!maintenance) throw new TypeError(`The provider of ${id} storage cannot list objects.`);
		const objects = maintenance.listObjects(prefix);
		await inParallel(objects, concurrency, async ({ key, modified }) => {
			const isQuarantined = key.startsWith(quarantinePrefix);
			const isOwn = key.startsWith(`${reservedSegment}/`) && !isQuarantined;
			if (isOwn || signal?.aborted) return;
			try {
				// no attempt is the last one
				const event = { bucket, key, attempt: 0 };
				const onlyKnown = isQuarantined && modified + outcomeLife * 1000 < now();
				const outcome = await processObject(context, event, { again: true, onlyKnown, signal });
				if (outcome) counts[outcome.state] += 1;
				else if (onlyKnown) left += 1;
			} catch (thrown) {
				counts.failed += 1;
				logError(context.log, toUploadError(thrown), {});
			}
		});
	}
	if (left > 0) {
		const files = left === 1 ? "1 file" : `${left} files`;
		const reason = `${files} in quarantine, stored more than ${outcomeLife / 86_400} days ago and without an outcome, were left as they are: they may have been rejected. Delete them, or have their owners upload them again`;
		writeLog(context.log, "warn", { reason });
	}
	return counts;
}

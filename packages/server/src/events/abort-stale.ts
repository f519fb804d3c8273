import { uploadLife } from "#protocol";
import { toUploadError } from "../errors.js";
import { type Log, logError } from "../hooks.js";
import type { StorageMaintenance } from "../maintenance.js";
import type { ObjectInfo } from "../object-spec.js";
import { deleteVersion } from "../operations/delete-version.js";
import { isFinal, type OutcomeStore, outcomeLife } from "../outcomes.js";
import type { PresignProvider } from "../provider.js";
import { expiryGrace, quarantinePrefix, readQuarantineRecord } from "../quarantine.js";
import { verdictObjects, verdictPrefix } from "../verdict-objects.js";
import { inParallel } from "./in-parallel.js";
import { scanningPrefix } from "./pin-source.js";

/** Options of {@link abortStale}. */
export interface AbortStaleOptions {
	/** The storage. */
	readonly provider: PresignProvider;
	/**
	 * Seconds since the beginning after which an upload in parts is aborted. Not fewer than its token may live.
	 *
	 * @default 2592000, 30 days; on storages that discard uploads themselves earlier, that
	 */
	readonly olderThan?: number | undefined;
	/**
	 * Of the keys at which parts are stored: below `.skyput/` on Azure and with `staged`. Uploads of other programs in
	 * the same bucket are aborted too, but not on Azure.
	 *
	 * @default "", the whole bucket
	 */
	readonly prefix?: string | undefined;
	/** The store of the object handler. @default objects below `.skyput/verdicts/` in the storage */
	readonly outcomes?: OutcomeStore | undefined;
	/** Whether rejected files are deleted too, once their URLs have expired. @default "keep" */
	readonly rejected?: "keep" | "delete" | undefined;
	/** Where log lines go, one JSON object each. @default console */
	readonly log?: Log | undefined;
	/** A clock for tests, in milliseconds. @default Date.now */
	readonly now?: (() => number) | undefined;
}

/** What {@link abortStale} did. */
export interface AbortStaleResult {
	/** Uploads in parts. */
	readonly aborted: number;
	/** Objects below `.skyput/` that are no longer needed. */
	readonly deleted: number;
	/** Files that stay in quarantine: they have no final outcome yet, or are rejected and kept. */
	readonly waiting: number;
	/** What could not be aborted or deleted; see the log. */
	readonly failed: number;
}

/** Seconds after which a private copy is left over from a process that ended. */
const scanLife = 86_400;

/** Calls at once. */
const concurrency = 8;

/** The least age in seconds: until then a token may live. */
function leastAge({ capabilities }: PresignProvider): number {
	const { multipart } = capabilities;
	return multipart === false ? uploadLife : Math.min(uploadLife, multipart.uploadLife);
}

function readAge(provider: PresignProvider, olderThan: number | undefined): number {
	const least = leastAge(provider);
	if (olderThan === undefined) return least;
	if (Number.isFinite(olderThan) && olderThan >= least) return olderThan;
	throw new TypeError(
		`olderThan must be at least ${least} seconds, not ${olderThan}: until then the token of an upload may live.`,
	);
}

/** Whether a file in quarantine is needed no more: it has its outcome, and no URL can store another. */
async function isOver(
	{ provider, outcomes = verdictObjects(provider), rejected, now = Date.now }: AbortStaleOptions,
	object: ObjectInfo,
): Promise<boolean> {
	const record = readQuarantineRecord(object);
	if (!record || record.until + expiryGrace > now() / 1000) return false;
	const outcome = await outcomes.find(object.key.slice(quarantinePrefix.length));
	if (outcome) return outcome.state === "available" || (isFinal(outcome) && rejected === "delete");
	// outcomes are forgotten after 31 days
	return (await provider.head(record.key))?.uploadId === object.uploadId;
}

/**
 * Frees what lifecycle rules would, on storages that have none: uploads in parts that were never completed, files in
 * quarantine that were promoted and whose URLs have expired, outcomes of more than 31 days, and copies that an ended
 * process left. Never touches an upload whose token still lives, nor a file that waits for its outcome.
 *
 * @param options - The storage, and from which age on.
 * @returns What was done.
 * @throws TypeError when an option is wrong, and where the storage cannot list.
 * @example
 * // a scheduled Lambda function
 * export const handler = () => abortStale({ provider, outcomes });
 */
export async function abortStale(options: AbortStaleOptions): Promise<AbortStaleResult> {
	const {
		provider,
		olderThan,
		prefix = "",
		log = console,
		now = Date.now,
	}: AbortStaleOptions = Object(options);
	if (!provider?.capabilities) throw new TypeError("abortStale needs the provider of a storage.");
	const age = readAge(provider, olderThan);
	const maintenance: StorageMaintenance | undefined = provider.maintenance;
	if (!maintenance)
		throw new TypeError(`The provider of ${provider.id} storage cannot list uploads.`);
	const counts = { aborted: 0, deleted: 0, waiting: 0, failed: 0 };
	const isOlder = (time: number, seconds: number): boolean => time + seconds * 1000 < now();
	const work = async <Item>(items: AsyncIterable<Item>, free: (item: Item) => Promise<void>) =>
		inParallel(items, concurrency, (item) =>
			free(item).catch((thrown: unknown) => {
				counts.failed += 1;
				logError(log, toUploadError(thrown), {});
			}),
		);
	const remove = async (object: ObjectInfo): Promise<void> => {
		await deleteVersion(provider, object, log);
		counts.deleted += 1;
	};

	await work(maintenance.listUploads(prefix), async (upload) => {
		if (!isOlder(upload.begun, age)) return;
		await maintenance.abortUpload(upload);
		counts.aborted += 1;
	});
	await work(maintenance.listObjects(quarantinePrefix), async ({ key }) => {
		const object = await provider.head(key);
		if (!object) return;
		if (await isOver(options, object)) await remove(object);
		else counts.waiting += 1;
	});
	for (const [below, life] of [
		[scanningPrefix, scanLife],
		[verdictPrefix, outcomeLife],
	] as const) {
		await work(maintenance.listObjects(below), async ({ key, modified }) => {
			const object = isOlder(modified, life) && (await provider.head(key));
			if (object) await remove(object);
		});
	}
	return counts;
}

import { checkQuota, type Quota, type QuotaOptions } from "../limits/quota.js";
import { type DynamoTableOptions, type Item, number, openTable, type Update } from "./table.js";

/** Uploads in progress of one caller: an item of DynamoDB has at most 400 kB. */
const maxReservations = 1000;

/** Reservations that ended, freed in one write: an expression of DynamoDB has at most 4 kB. */
const maxFreed = 25;

/** Instead of infinity, which no number of DynamoDB is; more than any bucket holds. */
const mostBytes = 1e30;

/** Seconds after the end of a reservation until which a commit still counts. */
const grace = 7 * 86_400;

const numberOf = (item: Item, name: string): number => Number(item[name]?.N ?? 0);

/** The reservations of a caller. */
const reservationsOf = (account: Item): Readonly<Record<string, Item>> =>
	Object.fromEntries(
		Object.entries(account["reservations"]?.M ?? {}).map(([id, { M = {} }]) => [id, M]),
	);

/**
 * Counts in a DynamoDB table that all instances of a server share. The total of a caller is one item, which
 * every change writes with a condition, so that uploads begun at once never exceed the quota. A process that
 * dies between two writes may leave an upload counted that is not stored.
 *
 * Items are `{ id: "quota#" + owner, usedBytes, usedObjects, reservations, lastChange }` and
 * `{ id: "upload#" + uploadId, quotaOwner, reservedBytes, storedBytes, expiresAt }`; the latter stay while the object
 * is stored, else `expiresAt` (epoch seconds) is meant for the table's time to live. The role needs
 * `dynamodb:GetItem` and `dynamodb:UpdateItem`. A caller has at most 1,000 uploads in progress.
 *
 * @param options - How much each caller may store, the table, and how to reach it.
 * @returns The quota for a handler's `quota`.
 * @throws TypeError when an option is wrong.
 * @example
 * dynamoQuota({ table: process.env.UPLOADS_TABLE, bytes: "10 GB", objects: 1000 })
 */
export function dynamoQuota(options: QuotaOptions & DynamoTableOptions): Quota {
	const { bytes: maxBytes, objects: maxObjects, ...others }: typeof options = Object(options);
	const limits = checkQuota({ bytes: maxBytes, objects: maxObjects });
	const table = openTable(others);
	const accountId = (owner: string): string => `quota#${owner}`;
	const itemId = (uploadId: string): string => `upload#${uploadId}`;

	const fits = (account: Item, bytes: number): boolean =>
		numberOf(account, "usedBytes") + bytes <= limits.bytes &&
		numberOf(account, "usedObjects") < limits.objects &&
		Object.keys(reservationsOf(account)).length < maxReservations;

	/** Updates an item once, also where the SDK repeats an update whose response was lost. */
	const change = async (id: string, update: Update): ReturnType<typeof table.update> => {
		const stamp = { S: crypto.randomUUID() };
		const { done, item } = await table.update(id, {
			...update,
			set: `${update.set}, lastChange = :stamp`,
			condition: `(${update.condition ?? "attribute_exists(id)"}) AND (attribute_not_exists(lastChange) OR lastChange <> :stamp)`,
			values: { ...update.values, ":stamp": stamp },
		});
		return { done: done || item["lastChange"]?.S === stamp.S, item };
	};

	/** Adds to the totals of a caller. */
	const add = (owner: string, bytes: number, objects: number, update: Partial<Update> = {}) =>
		change(accountId(owner), {
			set: `usedBytes = usedBytes + :bytes, usedObjects = usedObjects + :objects${update.set ?? ""}`,
			...(update.remove === undefined ? {} : { remove: update.remove }),
			...(update.condition === undefined ? {} : { condition: update.condition }),
			values: { ":bytes": number(bytes), ":objects": number(objects), ...update.values },
			names: update.names,
		});

	/** Ends a reservation; `stored` are the bytes that count from now on, if any. Tells whether there was one. */
	const endReservation = async (upload: Item, uploadId: string, stored?: number) => {
		const owner = upload["quotaOwner"]?.S ?? "";
		const bytes = (stored ?? 0) - numberOf(upload, "reservedBytes");
		const { done } = await add(owner, bytes, stored === undefined ? -1 : 0, {
			remove: "reservations.#upload",
			condition: "attribute_exists(reservations.#upload)",
			names: { "#upload": uploadId },
		});
		return done;
	};

	/** Frees reservations whose time is over. Tells whether there were any. */
	const freeEnded = async (owner: string, account: Item): Promise<boolean> => {
		const now = table.now() / 1000;
		const ended = Object.entries(reservationsOf(account))
			.filter(([, reservation]) => numberOf(reservation, "until") <= now)
			.slice(0, maxFreed);
		if (ended.length === 0) return false;
		const bytes = ended.reduce((sum, [, entry]) => sum + numberOf(entry, "reservedBytes"), 0);
		const paths = ended.map((_, index) => `reservations.#u${index}`);
		await add(owner, -bytes, -ended.length, {
			remove: paths.join(", "),
			condition: paths.map((path) => `attribute_exists(${path})`).join(" AND "),
			names: Object.fromEntries(ended.map(([id], index) => [`#u${index}`, id])),
		});
		return true;
	};

	return {
		async reserve({ owner, uploadId, bytes, until }) {
			if (bytes > limits.bytes) return false;
			await table.update(itemId(uploadId), {
				set: "quotaOwner = :owner, reservedBytes = :bytes, expiresAt = :expiry",
				values: {
					":owner": { S: owner },
					":bytes": number(bytes),
					":expiry": number(until + grace),
				},
			});
			const reservation = { M: { reservedBytes: number(bytes), until: number(until) } };
			for (;;) {
				const { done, item } = await add(owner, bytes, 1, {
					set: ", reservations.#upload = :reservation",
					condition:
						"attribute_not_exists(reservations.#upload) AND usedBytes <= :room AND usedObjects < :most AND size(reservations) < :open",
					values: {
						":reservation": reservation,
						":room": number(Math.min(limits.bytes, mostBytes) - bytes),
						":most": number(Math.min(limits.objects, Number.MAX_SAFE_INTEGER)),
						":open": number(maxReservations),
					},
					names: { "#upload": uploadId },
				});
				if (done || reservationsOf(item)[uploadId]) return true;
				if (item["id"] === undefined) {
					await table.update(accountId(owner), {
						set: "usedBytes = :zero, usedObjects = :zero, reservations = :none",
						condition: "attribute_not_exists(id)",
						values: { ":zero": number(0), ":none": { M: {} } },
					});
					continue;
				}
				// another process may have changed the account meanwhile
				if (!fits(item, bytes) && !(await freeEnded(owner, item))) return false;
			}
		},
		async commit(uploadId, bytes) {
			const { done: isFirst, item } = await change(itemId(uploadId), {
				set: "storedBytes = :bytes",
				remove: "expiresAt",
				condition: "attribute_exists(quotaOwner) AND attribute_not_exists(storedBytes)",
				values: { ":bytes": number(bytes) },
			});
			const owner = item["quotaOwner"]?.S;
			if (owner === undefined) return;
			if (!isFirst) {
				// takes over from a call that may have died
				const account = (await table.get(accountId(owner))) ?? {};
				if (!reservationsOf(account)[uploadId]) return;
				await change(itemId(uploadId), {
					set: "storedBytes = storedBytes",
					condition: "attribute_exists(storedBytes)",
					values: {},
				});
			}
			const wasReserved = await endReservation(item, uploadId, bytes);
			if (!isFirst || wasReserved) return;
			const upload = await table.get(itemId(uploadId));
			// another commit or release meanwhile has counted it
			if (upload?.["lastChange"]?.S === item["lastChange"]?.S) await add(owner, bytes, 1);
		},
		async release(uploadId) {
			const upload = await table.get(itemId(uploadId));
			const owner = upload?.["quotaOwner"]?.S;
			if (!upload || owner === undefined) return;
			const stored = upload["storedBytes"];
			// before the reservation ends, so that a commit meanwhile notices
			const cleared =
				stored &&
				(await change(itemId(uploadId), {
					set: "expiresAt = :expiry",
					remove: "storedBytes",
					condition: "storedBytes = :stored",
					values: { ":stored": stored, ":expiry": number(table.now() / 1000 + grace) },
				}));
			const wasReserved = await endReservation(upload, uploadId);
			if (cleared?.done && !wasReserved) await add(owner, -numberOf(upload, "storedBytes"), -1);
		},
	};
}

import type { CompletionResult, CompletionStore, ResultStore } from "../completions.js";
import { isFinal, type OutcomeStore } from "../outcomes.js";
import { type DynamoTableOptions, type Item, number, openTable } from "./table.js";

/** Seconds after which the table may delete an item: no upload lives longer than 30 days. */
const lifetime = 31 * 86_400;

/** True while no other process has the lease and there is no final result. */
const held = "leaseHolder = :holder AND attribute_not_exists(completion)";

/** What distinguishes the stores of this file. */
interface ResultsOptions<Result> {
	/** Begins the ids of the items. */
	readonly kind: string;
	readonly isFinal: (result: Result) => boolean;
}

/** Results in a table, each written by the process that has the lease. */
function dynamoResults<Result>(
	options: DynamoTableOptions,
	{ kind, isFinal }: ResultsOptions<Result>,
): ResultStore<Result> {
	const table = openTable(options);
	/** The leases of this process, by upload id. */
	const holders = new Map<string, string>();
	const parse = (json: string | undefined): Result | undefined =>
		json === undefined ? undefined : (JSON.parse(json) as Result);
	/** The final result. */
	const resultOf = ({ completion }: Item): Result | undefined => parse(completion?.S);
	const itemId = (id: string): string => `${kind}#${id}`;
	const expiry = () => number(table.now() / 1000 + lifetime);

	/** Extends or ends this process's lease, if it still holds it. */
	const setLeaseEnd = async (id: string, end: number): Promise<void> => {
		const holder = holders.get(id);
		if (holder === undefined) return;
		await table.update(itemId(id), {
			set: "leaseEnd = :end",
			condition: held,
			values: { ":end": number(end), ":holder": { S: holder } },
		});
	};

	return {
		async find(id) {
			const item = (await table.get(itemId(id))) ?? {};
			return resultOf(item) ?? parse(item["provisional"]?.S);
		},
		async begin(id, seconds) {
			// reading first provides DynamoDB's time for the comparison
			const seen = await table.get(itemId(id));
			const result = seen && resultOf(seen);
			if (result) return result;
			const now = table.now();
			if (Number(seen?.["leaseEnd"]?.N ?? 0) > now) return "running";
			const holder = crypto.randomUUID();
			const { done, item } = await table.update(itemId(id), {
				set: "leaseHolder = :next, leaseEnd = :end, expiresAt = :expiry",
				condition: seen ? `${held} AND leaseEnd = :seen` : "attribute_not_exists(id)",
				values: {
					":next": { S: holder },
					":end": number(now + seconds * 1000),
					":expiry": expiry(),
					...(seen
						? {
								":holder": seen["leaseHolder"] ?? { S: "" },
								":seen": seen["leaseEnd"] ?? number(0),
							}
						: {}),
				},
			});
			// the SDK repeats an update whose response was lost, and then finds its own lease
			if (done || item["leaseHolder"]?.S === holder) {
				holders.set(id, holder);
				return "mine";
			}
			return resultOf(item) ?? "running";
		},
		async finish(id, result) {
			const set = isFinal(result)
				? "completion = if_not_exists(completion, :result)"
				: "provisional = :result";
			const { item } = await table.update(itemId(id), {
				set: `${set}, expiresAt = :expiry`,
				values: { ":result": { S: JSON.stringify(result) }, ":expiry": expiry() },
			});
			if (!isFinal(result)) await setLeaseEnd(id, 0);
			holders.delete(id);
			return resultOf(item) ?? result;
		},
		async release(id) {
			await setLeaseEnd(id, 0);
			holders.delete(id);
		},
		renew: (id, seconds) => setLeaseEnd(id, table.now() + seconds * 1000),
	};
}

/**
 * Keeps results of `onComplete` in a DynamoDB table that all instances of a server share. Leases are
 * timed by the clock of DynamoDB, so the clocks of the instances may differ.
 *
 * Items are `{ id: "completion#" + uploadId, leaseHolder, leaseEnd, completion, expiresAt }`; `expiresAt`
 * (epoch seconds, 31 days ahead) is meant for the table's time to live. The role needs
 * `dynamodb:GetItem` and `dynamodb:UpdateItem`. A result has at most 400 kB.
 *
 * @param options - The table, and how to reach it.
 * @returns The store for a handler's `completions`.
 * @throws TypeError when an option is wrong.
 * @example
 * dynamoCompletions({ table: process.env.UPLOADS_TABLE })
 */
export function dynamoCompletions(options: DynamoTableOptions): CompletionStore {
	return dynamoResults<CompletionResult>(options, { kind: "completion", isFinal: () => true });
}

/**
 * Keeps how files were processed in a DynamoDB table that the upload handlers and object handlers share. Leases are
 * timed by the clock of DynamoDB.
 *
 * Items are `{ id: "outcome#" + uploadId, leaseHolder, leaseEnd, completion, provisional, expiresAt }`, as those of
 * {@link dynamoCompletions}; `provisional` is an outcome that is `held`.
 *
 * @param options - The table, and how to reach it.
 * @returns The store for `outcomes` of a handler and of `createObjectHandler`.
 * @throws TypeError when an option is wrong.
 * @example
 * dynamoOutcomes({ table: process.env.UPLOADS_TABLE })
 */
export function dynamoOutcomes(options: DynamoTableOptions): OutcomeStore {
	return dynamoResults(options, { kind: "outcome", isFinal });
}

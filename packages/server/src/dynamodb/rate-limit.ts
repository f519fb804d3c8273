import {
	checkRateLimit,
	type RateLimit,
	type RateLimitAnswer,
	type RateLimitOptions,
	rateAnswer,
} from "../limits/rate-limit.js";
import { type DynamoTableOptions, type Item, number, openTable } from "./table.js";

/** Writes that may be overtaken by those of other processes before a call is refused. */
const maxAttempts = 10;

const paidUntilOf = (item: Item | undefined): number => Number(item?.["paidUntil"]?.N ?? 0);

/**
 * Counts in a DynamoDB table that all instances of a server share, by the clock of DynamoDB, which is exact to a
 * second.
 *
 * Items are `{ id: "rate#" + caller, paidUntil, expiresAt }`; `expiresAt` (epoch seconds) is meant for the table's
 * time to live. The role needs `dynamodb:GetItem` and `dynamodb:UpdateItem`. A refused call costs one read, any
 * other a read and a write.
 *
 * @param options - How often one caller may call, the table, and how to reach it.
 * @returns The limit for a handler's `rateLimit`.
 * @throws TypeError when an option is wrong.
 * @example
 * dynamoRateLimit({ table: process.env.UPLOADS_TABLE, limit: 60, window: 60 })
 */
export function dynamoRateLimit(options: RateLimitOptions & DynamoTableOptions): RateLimit {
	const { limit, window, by, ...others }: typeof options = Object(options);
	const checked = checkRateLimit({ limit, window, by });
	const table = openTable(others);

	/** Counts a call unless another one was counted since the item was read. */
	const count = (id: string, paidUntil: number, now: number) => {
		const values = {
			":now": number(now),
			":interval": number(checked.interval),
			":expiry": number((now + checked.window) / 1000 + 60),
		};
		return paidUntil < now
			? table.update(id, {
					set: "paidUntil = :next, expiresAt = :expiry",
					condition: "attribute_not_exists(paidUntil) OR paidUntil < :now",
					values: {
						":now": values[":now"],
						":next": number(now + checked.interval),
						":expiry": values[":expiry"],
					},
				})
			: table.update(id, {
					set: "paidUntil = paidUntil + :interval, expiresAt = :expiry",
					condition: "paidUntil >= :now AND paidUntil <= :most",
					values: { ...values, ":most": number(now + checked.window - checked.interval) },
				});
	};

	return {
		async take(call) {
			const caller = checked.by(call);
			if (caller === undefined) return { ok: true };
			const id = `rate#${caller}`;
			// reading first provides DynamoDB's time
			let item = await table.get(id);
			let answer: RateLimitAnswer = { ok: false, retryAfter: 1 };
			for (let attempt = 0; attempt < maxAttempts; attempt++) {
				const now = table.now();
				answer = rateAnswer(checked, paidUntilOf(item), now);
				if (!answer.ok) return answer;
				const written = await count(id, paidUntilOf(item), now);
				if (written.done) return answer;
				item = written.item;
			}
			return { ok: false, retryAfter: 1 };
		},
	};
}

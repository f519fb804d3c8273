import { expect, test } from "vitest";
import { dynamoRateLimit } from "../../src/dynamodb/rate-limit.js";
import type { HookCall } from "../../src/hooks.js";
import { dynamoTable } from "../support/dynamo-table.js";

const { table, connect, now, advance } = dynamoTable();

const call = (sub: string): HookCall => ({
	operation: "create",
	requestId: "1",
	principal: { sub },
});

let callers = 0;
const newCaller = (): HookCall => call(`${++callers}`);

/** The limit of another process. */
const open = (limit: number, window = 60) =>
	dynamoRateLimit({ limit, window, table, client: connect() });

test("of 100 calls to four processes at once, the limit passes", async () => {
	for (const limit of [1, 7, 60]) {
		const processes = Array.from({ length: 4 }, () => open(limit));
		const caller = newCaller();
		const answers = await Promise.all(
			Array.from({ length: 100 }, (_, n) => processes[n % 4]?.take(caller)),
		);
		expect(answers.filter((answer) => answer?.ok)).toHaveLength(limit);
	}
});

test("a caller may call up to the limit at once, then as often as the window allows", async () => {
	const caller = newCaller();
	for (let i = 0; i < 3; i++) expect(await open(3).take(caller)).toEqual({ ok: true });
	expect(await open(3).take(caller)).toEqual({ ok: false, retryAfter: 20 });
	advance(20_000);
	expect(await open(3).take(caller)).toEqual({ ok: true });
	expect(await open(3).take(caller)).toMatchObject({ ok: false });
	advance(600_000);
	for (let i = 0; i < 3; i++) expect(await open(3).take(caller)).toEqual({ ok: true });
	expect(await open(3).take(caller)).toMatchObject({ ok: false });
});

test("callers are told apart, and calls that count for nobody pass unread", async () => {
	const limit = open(1);
	expect(await limit.take(newCaller())).toEqual({ ok: true });
	expect(await limit.take(newCaller())).toEqual({ ok: true });
	const missing = dynamoRateLimit({ limit: 1, window: 1, table: "none", client: connect() });
	expect(await missing.take({ ...newCaller(), operation: "parts" })).toEqual({ ok: true });
	await expect(missing.take(newCaller())).rejects.toThrow("resource not found");
});

test("items say when the table may delete them", async () => {
	const caller = newCaller();
	await open(1).take(caller);
	const Key = { id: { S: `rate#${caller.principal?.sub}` } };
	const { Item } = await connect().getItem({ TableName: table, Key });
	expect(Number(Item?.["expiresAt"]?.N)).toBeCloseTo(now() / 1000 + 120, -1);
});

test.each([
	[{ table: undefined, limit: 1, window: 1 }, "table must be the name of a DynamoDB table"],
	[{ table, limit: 0, window: 1 }, "limit must be a whole number of calls, at least 1, not 0."],
	[{ table, limit: 1, window: 1, bytes: 1 }, 'Unknown option "bytes".'],
])("the options %j are refused when the limit is made", (options, message) => {
	expect(() => dynamoRateLimit(options as never)).toThrow(message);
});

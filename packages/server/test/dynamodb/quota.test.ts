import type { DynamoDB } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { dynamoQuota } from "../../src/dynamodb/quota.js";
import { dynamoTable } from "../support/dynamo-table.js";
import { quotaCases } from "../support/quota-cases.js";

const { table, connect, now, advance } = dynamoTable();

/** Quotas of one run keep their callers apart from those of other runs. */
let runs = 0;
const ofRun = (run: number, owner: string) => `${run}:${owner}`;
const idOf = (run: number, uploadId: string) => `${run}-${uploadId}`;

/** Spreads calls over the clients of several processes. */
function openQuota(
	options: { readonly bytes?: number; readonly objects?: number },
	clients: readonly DynamoDB[] = Array.from({ length: 4 }, connect),
) {
	const run = ++runs;
	const processes = clients.map((client) => dynamoQuota({ ...options, table, client }));
	let turn = 0;
	const next = () => processes[turn++ % processes.length] as (typeof processes)[number];
	return {
		run,
		reserve: ({ owner, uploadId, ...rest }: Parameters<(typeof processes)[number]["reserve"]>[0]) =>
			next().reserve({ ...rest, owner: ofRun(run, owner), uploadId: idOf(run, uploadId) }),
		commit: (id: string, bytes: number) => next().commit(idOf(run, id), bytes),
		release: (id: string) => next().release(idOf(run, id)),
	};
}

quotaCases({
	open: async (options) => openQuota(options as { bytes?: number; objects?: number }),
	now,
	advance,
});

const item = async (id: string) =>
	(await connect().getItem({ TableName: table, Key: { id: { S: id } } })).Item;

const totals = async (run: number) => {
	const account = await item(`quota#${run}:a`);
	return [account?.["usedBytes"]?.N, account?.["usedObjects"]?.N];
};

/** A client that loses the response of its nth update, so that the SDK repeats it. */
function losing(lost: number): DynamoDB {
	const client = connect();
	const { requestHandler } = client.config;
	const handle = requestHandler.handle.bind(requestHandler);
	let updates = 0;
	requestHandler.handle = async (request, options) => {
		const result = await handle(request, options);
		if (request.headers["x-amz-target"]?.endsWith(".UpdateItem") && ++updates === lost) {
			throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
		}
		return result;
	};
	return client;
}

test.each([1, 2, 3, 4, 5])("an update whose answer was lost counts once (%i)", async (lost) => {
	for (const end of ["commit", "release"] as const) {
		const quota = openQuota({ bytes: 1000 });
		const until = now() / 1000 + 60;
		await quota.reserve({ owner: "a", uploadId: "first", bytes: 100, until });
		const { run } = quota;
		const other = dynamoQuota({ bytes: 1000, table, client: losing(lost) });
		const uploadId = idOf(run, "x");
		expect(await other.reserve({ owner: ofRun(run, "a"), uploadId, bytes: 500, until })).toBe(true);
		await other.commit(uploadId, 300);
		if (end === "release") await other.release(uploadId);
		expect(await totals(run)).toEqual(end === "commit" ? ["400", "2"] : ["100", "1"]);
	}
});

/** A client that does something before its second update. */
function interrupted(meanwhile: () => Promise<void>): DynamoDB {
	const client = connect();
	const { requestHandler } = client.config;
	const handle = requestHandler.handle.bind(requestHandler);
	let updates = 0;
	requestHandler.handle = async (request, options) => {
		if (request.headers["x-amz-target"]?.endsWith(".UpdateItem") && ++updates === 2) {
			await meanwhile();
		}
		return handle(request, options);
	};
	return client;
}

test.each([
	["commit", ["300", "1"]],
	["release", ["0", "0"]],
] as const)("a %s between the two writes of a commit counts once", async (end, expected) => {
	const quota = openQuota({ bytes: 1000 });
	await quota.reserve({ owner: "a", uploadId: "x", bytes: 500, until: now() / 1000 + 60 });
	const meanwhile = () => (end === "commit" ? quota.commit("x", 300) : quota.release("x"));
	const client = interrupted(meanwhile);
	await dynamoQuota({ bytes: 1000, table, client }).commit(idOf(quota.run, "x"), 300);
	expect(await totals(quota.run)).toEqual(expected);
});

test("an upload's item stays while its object is stored, and may go else", async () => {
	const quota = openQuota({ bytes: 1000 });
	const until = Math.floor(now() / 1000) + 60;
	await quota.reserve({ owner: "a", uploadId: "x", bytes: 500, until });
	const id = `upload#${quota.run}-x`;
	const week = 7 * 86_400;
	expect((await item(id))?.["expiresAt"]?.N).toBe(String(until + week));
	await quota.commit("x", 500);
	expect((await item(id))?.["expiresAt"]).toBeUndefined();
	await quota.release("x");
	expect(Number((await item(id))?.["expiresAt"]?.N)).toBeCloseTo(now() / 1000 + week, -1);
});

test("a caller with 1,000 uploads in progress begins no more, until some have ended", async () => {
	const quota = openQuota({ bytes: 1e6 });
	const until = Math.floor(now() / 1000) + 60;
	const reservation = { M: { reservedBytes: { N: "1" }, until: { N: `${until}` } } };
	const ids = Array.from({ length: 1000 }, (_, n) => `${n}`.padStart(32, "0"));
	await connect().putItem({
		TableName: table,
		Item: {
			id: { S: `quota#${quota.run}:a` },
			usedBytes: { N: "1000" },
			usedObjects: { N: "1000" },
			reservations: { M: Object.fromEntries(ids.map((id) => [id, reservation])) },
		},
	});
	const reserve = (uploadId: string) =>
		quota.reserve({ owner: "a", uploadId, bytes: 1, until: until + 60 });
	expect(await reserve("x")).toBe(false);
	advance(61_000);
	expect(await reserve("y")).toBe(true);
	// 25 at a time
	expect(await totals(quota.run)).toEqual(["976", "976"]);
});

test.each([
	[{ table: undefined, objects: 1 }, "table must be the name of a DynamoDB table, not undefined."],
	[{ table }, "A quota needs bytes, objects or both."],
	[{ table, objects: 1, limit: 1 }, 'Unknown option "limit". Known are: table, client'],
])("the options %j are refused when the quota is made", (options, message) => {
	expect(() => dynamoQuota(options as never)).toThrow(message);
});

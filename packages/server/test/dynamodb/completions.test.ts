import { beforeEach, expect, test, vi } from "vitest";
import type { CompletionStore } from "../../src/completions.js";
import { dynamoCompletions } from "../../src/dynamodb/completions.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { createBody, serve } from "../support/call.js";
import { dynamoTable } from "../support/dynamo-table.js";
import { memoryProvider } from "../support/memory-provider.js";

const { table, endpoint, connect, now, advance } = dynamoTable();
let uploads = 0;
let id: string;

/** The store of another process. */
const openStore = (): CompletionStore => dynamoCompletions({ table, client: connect() });

const item = async () =>
	(await connect().getItem({ TableName: table, Key: { id: { S: `completion#${id}` } } })).Item;

beforeEach(() => {
	id = String(++uploads).padStart(32, "0");
});

test("of five processes that begin at once, one gets the lease", async () => {
	for (let round = 0; round < 5; round++) {
		id = String(++uploads).padStart(32, "0");
		const answers = await Promise.all(Array.from({ length: 5 }, () => openStore().begin(id, 60)));
		expect(answers.sort()).toEqual(["mine", "running", "running", "running", "running"]);
		// and again when its holder has died
		advance(61_000);
		const later = await Promise.all(Array.from({ length: 5 }, () => openStore().begin(id, 60)));
		expect(later.sort()).toEqual(["mine", "running", "running", "running", "running"]);
	}
});

test("a result is the same for every process, and the first one stands", async () => {
	const [first, second] = [openStore(), openStore()];
	const data = { id: 1, list: ["ä", null] };
	expect(await first.begin(id, 60)).toBe("mine");
	expect(await first.finish(id, { data })).toEqual({ data });
	expect(await second.begin(id, 60)).toEqual({ data });
	// as of a holder that was frozen beyond its lease
	expect(await second.finish(id, { rejected: "late" })).toEqual({ data });
	await first.release(id);
	await second.release(id);
	await first.renew?.(id, 60);
	expect(await openStore().begin(id, 60)).toEqual({ data });
});

test("an onComplete without a result and a rejection are results", async () => {
	expect(await openStore().finish(id, { data: undefined })).toEqual({});
	expect(await openStore().begin(id, 60)).toEqual({});
	id = `${id}-rejected`;
	await openStore().finish(id, { rejected: "no" });
	expect(await openStore().begin(id, 60)).toEqual({ rejected: "no" });
});

test("a lease ends by its time, sooner when it is released, and later when it is renewed", async () => {
	const [first, second] = [openStore(), openStore()];
	expect(await first.begin(id, 60)).toBe("mine");
	advance(59_000);
	expect(await second.begin(id, 60)).toBe("running");
	await first.renew?.(id, 60);
	advance(59_000);
	expect(await second.begin(id, 60)).toBe("running");
	await first.release(id);
	expect(await second.begin(id, 60)).toBe("mine");
	advance(61_000);
	expect(await first.begin(id, 60)).toBe("mine");
});

test("a process that lost its lease neither ends nor extends the new one", async () => {
	const [first, second, third] = [openStore(), openStore(), openStore()];
	await first.begin(id, 60);
	advance(61_000);
	expect(await second.begin(id, 60)).toBe("mine");
	await first.renew?.(id, 600);
	await first.release(id);
	expect(await third.begin(id, 60)).toBe("running");
	advance(61_000);
	expect(await third.begin(id, 60)).toBe("mine");
});

test("clocks of processes that are ten minutes off change nothing", async () => {
	const at = (minutes: number) => vi.setSystemTime(now() + minutes * 60_000);
	const [slow, fast] = [openStore(), openStore()];
	at(-10);
	expect(await slow.begin(id, 60)).toBe("mine");
	at(10);
	expect(await fast.begin(id, 60)).toBe("running");
	advance(61_000);
	at(-10);
	expect(await slow.begin(id, 60)).toBe("mine");
});

test("an update whose answer was lost does not make its process wait for itself", async () => {
	const client = connect();
	const { requestHandler } = client.config;
	const handle = requestHandler.handle.bind(requestHandler);
	let lost = 0;
	requestHandler.handle = async (request, options) => {
		const result = await handle(request, options);
		if (request.headers["x-amz-target"]?.endsWith(".UpdateItem") && lost++ === 0) {
			throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
		}
		return result;
	};
	const store = dynamoCompletions({ table, client });
	expect(await store.begin(id, 60)).toBe("mine");
	expect(lost).toBe(2);
});

test("items say when the table may delete them: 31 days after the last write", async () => {
	await openStore().begin(id, 60);
	const expiry = Math.floor(now() / 1000) + 31 * 86_400;
	expect(Number((await item())?.["expiresAt"]?.N)).toBeCloseTo(expiry, -1);
	advance(86_400_000);
	const store = openStore();
	await store.begin(id, 60);
	await store.finish(id, { data: 1 });
	expect(Number((await item())?.["expiresAt"]?.N)).toBeCloseTo(expiry + 86_400, -1);
});

test("a table that is missing and a result that is no JSON are errors, not results", async () => {
	const store = dynamoCompletions({ table: "none", client: connect() });
	await expect(store.begin(id, 60)).rejects.toThrow("resource not found");
	await expect(openStore().finish(id, { data: 1n })).rejects.toThrow("BigInt");
	expect(await openStore().begin(id, 60)).toBe("mine");
});

test.each([
	[{ table: undefined }, "table must be the name of a DynamoDB table, not undefined."],
	[{ table: "" }, 'table must be the name of a DynamoDB table, not "".'],
	[{ table, tabel: 1 }, 'Unknown option "tabel". Known are: table, client, region, endpoint.'],
	[
		{ table, client: {} as never, region: "eu-west-1" },
		"client has a region and an endpoint already; omit these options.",
	],
])("the options %j are refused when the store is made", (options, message) => {
	expect(() => dynamoCompletions(options)).toThrow(new TypeError(message));
});

test("region and endpoint make a client of the store's own", async () => {
	vi.stubEnv("AWS_ACCESS_KEY_ID", "a");
	vi.stubEnv("AWS_SECRET_ACCESS_KEY", "b");
	const store = dynamoCompletions({ table, region: "eu-west-1", endpoint: endpoint() });
	expect(await store.begin(id, 60)).toBe("mine");
	vi.unstubAllEnvs();
});

test("of five Lambda functions that complete an upload at once, one runs onComplete, and all give its answer", async () => {
	let runs = 0;
	const running = Promise.withResolvers<void>();
	const uploads = defineUploads({
		"a/:n": {
			authorize: "public",
			async onComplete() {
				runs++;
				await running.promise;
				return { video: runs };
			},
		},
	});
	const provider = memoryProvider();
	const open = () => serve({ uploads, provider, completions: openStore() });
	const servers = Array.from({ length: 5 }, open);
	const { body } = await open().post("", createBody("a/x", 5));
	provider.storeObject("a/x", 5, body["uploadId"]);
	const complete = () => servers.map((server) => server.post("complete", { token: body["token"] }));
	const first = complete();
	let pending = 0;
	await new Promise<void>((resolve) => {
		for (const answer of first) {
			answer.then(({ status }) => {
				if (status === 202 && ++pending === 4) resolve();
			}, resolve);
		}
	});
	running.resolve();
	const answers = [...(await Promise.all(first)), ...(await Promise.all(complete()))];
	expect(answers.map(({ status }) => status).sort()).toEqual([
		...Array.from({ length: 6 }, () => 200),
		...Array.from({ length: 4 }, () => 202),
	]);
	for (const { status, body } of answers) {
		if (status === 200) expect(body["data"]).toEqual({ video: 1 });
	}
	expect(runs).toBe(1);
});

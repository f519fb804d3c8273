import type { AddressInfo } from "node:net";
import { DynamoDB } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { afterAll, beforeAll, beforeEach, vi } from "vitest";

/** A table on a local server, and the clocks of DynamoDB and of the processes. */
interface DynamoBed {
	readonly table: string;
	/** Base URL of the server. */
	readonly endpoint: () => string;
	/** A client of one process, whose answers carry the time of the test. */
	readonly connect: () => DynamoDB;
	/** Milliseconds. */
	readonly now: () => number;
	readonly advance: (milliseconds: number) => void;
}

/** Starts a server for the tests of a file. `Date` is the test's. */
export function dynamoTable(): DynamoBed {
	const server = dynalite({ createTableMs: 0 });
	const table = "uploads";
	let endpoint: string;
	let time = Date.UTC(2030, 0, 1);
	const connect = (): DynamoDB => {
		const client = new DynamoDB({
			endpoint,
			region: "eu-west-1",
			credentials: { accessKeyId: "a", secretAccessKey: "b" },
		});
		const { requestHandler } = client.config;
		const handle = requestHandler.handle.bind(requestHandler);
		requestHandler.handle = async (...call) => {
			const result = await handle(...call);
			result.response.headers["date"] = new Date(time).toUTCString();
			return result;
		};
		return client;
	};
	beforeAll(async () => {
		await new Promise<void>((resolve) => {
			server.listen(0, "127.0.0.1", resolve);
		});
		endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
		const db = connect();
		await db.createTable({
			TableName: table,
			KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
			AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
			BillingMode: "PAY_PER_REQUEST",
		});
		await vi.waitFor(async () => {
			const { Table } = await db.describeTable({ TableName: table });
			if (Table?.TableStatus !== "ACTIVE") throw new Error(`The table is ${Table?.TableStatus}.`);
		}, 240_000);
	});
	beforeEach(() => {
		vi.useFakeTimers({ toFake: ["Date"], now: time });
	});
	afterAll(() => {
		vi.useRealTimers();
		server.closeAllConnections();
		server.close();
	});
	return {
		table,
		endpoint: () => endpoint,
		connect,
		now: () => time,
		advance(milliseconds) {
			time += milliseconds;
			vi.setSystemTime(time);
		},
	};
}

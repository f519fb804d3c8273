import type { AttributeValue, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { refuseUnknownOptions } from "../check-options.js";

/** Where the stores of this package keep their items. */
export interface DynamoTableOptions {
	/** The table's name. Its partition key is `id`, a string, without a sort key. Undefined throws. */
	readonly table: string | undefined;
	/** A client of your own, instead of `region` and `endpoint`. @default one with the SDK's defaults */
	readonly client?: DynamoDBClient | undefined;
	/** The table's region. @default the SDK's: `AWS_REGION`, shared files */
	readonly region?: string | undefined;
	/** Base URL of a DynamoDB-compatible service. @default AWS */
	readonly endpoint?: string | undefined;
}

export type Item = Readonly<Record<string, AttributeValue>>;

/** An update of one item, in DynamoDB's expressions. */
export interface Update {
	readonly set: string;
	/** Attributes to remove. @default none */
	readonly remove?: string;
	/** The condition that the item must meet. @default none */
	readonly condition?: string;
	readonly values: Item;
	/** Names that stand in the expressions as `#name`. @default none */
	readonly names?: Readonly<Record<string, string>> | undefined;
}

/** A number as an attribute. */
export const number = (value: number): AttributeValue => ({ N: String(Math.round(value)) });

/** One table, with the clock of DynamoDB, which all processes share. */
export interface DynamoTable {
	/** Milliseconds since the epoch by DynamoDB's clock, from the latest response's Date header. */
	now(): number;
	get(id: string): Promise<Item | undefined>;
	/** Returns the item after the update, or the unchanged item when the condition failed. */
	update(id: string, update: Update): Promise<{ readonly done: boolean; readonly item: Item }>;
}

const optionNames: readonly string[] = ["table", "client", "region", "endpoint"];

/** @throws TypeError that says which option is wrong. */
function checkOptions(options: DynamoTableOptions): void {
	refuseUnknownOptions(options, optionNames);
	const { table, client, region, endpoint } = options;
	if (typeof table !== "string" || table === "") {
		throw new TypeError(
			`table must be the name of a DynamoDB table, not ${JSON.stringify(table)}.`,
		);
	}
	if (client && (region !== undefined || endpoint !== undefined)) {
		throw new TypeError("client has a region and an endpoint already; omit these options.");
	}
}

/** Opens a table. The SDK is loaded at the first call. @throws TypeError for a wrong option. */
export function openTable(options: DynamoTableOptions): DynamoTable {
	checkOptions(options);
	const { table: TableName = "", client, region, endpoint } = options;
	let connecting: ReturnType<typeof connect> | undefined;
	let offset = 0;
	const connect = async () => {
		const sdk = await import("@aws-sdk/client-dynamodb");
		const config = {
			...(region === undefined ? {} : { region }),
			...(endpoint === undefined ? {} : { endpoint }),
			requestHandler: { connectionTimeout: 2_000, requestTimeout: 4_000 },
		};
		return { sdk, client: client ?? new sdk.DynamoDBClient(config) };
	};
	const connection = () => (connecting ??= connect());

	/** A middleware that reads the time of every response, also of errors. */
	const readClock =
		<Args, Result extends { readonly response: unknown }>(next: (args: Args) => Promise<Result>) =>
		async (args: Args): Promise<Result> => {
			const result = await next(args);
			const { headers } = result.response as { headers: Record<string, string | undefined> };
			const date = Date.parse(headers["date"] ?? "");
			if (!Number.isNaN(date)) offset = date - Date.now();
			return result;
		};

	const get = async (id: string): Promise<Item | undefined> => {
		const { sdk, client } = await connection();
		const Key = { id: { S: id } };
		const command = new sdk.GetItemCommand({ TableName, Key, ConsistentRead: true });
		command.middlewareStack.add(readClock, { step: "deserialize", priority: "low" });
		return (await client.send(command)).Item;
	};

	return {
		now: () => Date.now() + offset,
		get,
		async update(id, { set, remove, condition, values, names }) {
			const { sdk, client } = await connection();
			const command = new sdk.UpdateItemCommand({
				TableName,
				Key: { id: { S: id } },
				UpdateExpression: `SET ${set}${remove === undefined ? "" : ` REMOVE ${remove}`}`,
				ConditionExpression: condition,
				ExpressionAttributeValues: values,
				ExpressionAttributeNames: names,
				ReturnValues: "ALL_NEW",
			});
			command.middlewareStack.add(readClock, { step: "deserialize", priority: "low" });
			try {
				return { done: true, item: (await client.send(command)).Attributes ?? {} };
			} catch (error) {
				if (!(error instanceof sdk.ConditionalCheckFailedException)) throw error;
				return { done: false, item: (await get(id)) ?? {} };
			}
		},
	};
}

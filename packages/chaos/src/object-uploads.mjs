import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { defineUploads } from "@skyput/server";
import { dynamoOutcomes } from "@skyput/server/dynamodb";

/**
 * The table of the upload handler and of the object handlers.
 *
 * @param madeKeys whether the server makes the keys
 * @param onComplete called with the id of an upload that is at its key
 */
export const uploads = (madeKeys, onComplete) =>
	defineUploads({
		"files/*path": {
			authorize: "public",
			quarantine: true,
			maxSize: "1 MB",
			key: madeKeys ? () => `files/${crypto.randomUUID()}` : undefined,
			onComplete: ({ uploadId }) => onComplete(uploadId),
		},
	});

/** The store of outcomes in a table; without one, handlers keep them in the storage. */
export function openOutcomes(table) {
	if (!table) return undefined;
	return dynamoOutcomes({ table: table.table, client: new DynamoDBClient(table.config) });
}

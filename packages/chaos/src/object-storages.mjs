// Storages whose events go to object handlers, and the stores of outcomes.
import { setTimeout as sleep } from "node:timers/promises";
import { CreateTableCommand, DescribeTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { startFaultProxy, startS3Server } from "@skyput/testing";
import dynalite from "dynalite";
import { startInstalledCeph } from "./storages.mjs";
import { createRandom } from "./upload-specs.mjs";

/** Deliveries of each event, apart from failures. */
const copies = 2;

/**
 * @typedef {object} EventSource
 * @property {object} options of `s3Provider`
 * @property {boolean} madeKeys the rule needs keys that the server makes
 * @property {(key: string) => void} notify tells that an object was stored, where the storage does not itself
 * @property {() => Promise<void>} settled resolves when every event was handled
 * @property {(key: string) => number} copiesOf how often an object was copied to a key
 * @property {() => Promise<void>} close
 */

/** @type {Record<string, (how: { seed: number, retryDelay: number, handle: (event: unknown) => Promise<void> }) => Promise<EventSource>>} */
export const objectStorages = {
	async s3({ seed, retryDelay, handle }) {
		/** The events of copies by key; each comes twice. */
		const copied = new Map();
		const server = await startS3Server({
			events: {
				copies,
				shuffle: seed,
				retryDelay,
				maxAttempts: 10_000,
				deliver(event) {
					const { key, sequencer } = event.detail.object;
					if (key.startsWith(".skyput/quarantine/")) return handle(event);
					if (key.startsWith("files/"))
						copied.set(key, (copied.get(key) ?? new Set()).add(sequencer));
				},
			},
		});
		const { endpoint, region, bucket, accessKeyId, secretAccessKey, capabilities } = server;
		const credentials = { accessKeyId, secretAccessKey };
		return {
			options: { endpoint, region, bucket, capabilities, credentials, forcePathStyle: true },
			madeKeys: false,
			notify() {},
			settled: () => server.events.settled(),
			copiesOf: (key) => copied.get(key)?.size ?? 0,
			close: () => server.close(),
		};
	},

	async ceph({ seed, retryDelay, handle }) {
		const ceph = await startInstalledCeph();
		const { region, bucket, accessKeyId, secretAccessKey } = ceph;
		const proxy = await startFaultProxy({ target: ceph.endpoint });
		const queue = startQueue({ seed, retryDelay, handle });
		return {
			options: {
				endpoint: proxy.endpoint,
				region,
				bucket,
				credentials: { accessKeyId, secretAccessKey },
				forcePathStyle: true,
				compatibility: "ceph",
				unsignedHeaders: "accepted",
			},
			madeKeys: true,
			notify: (key) => queue.send({ bucket, key }),
			settled: queue.settled,
			copiesOf: (key) =>
				proxy.log.filter(
					({ operation, path, targetStatus }) =>
						operation === "CopyObject" &&
						targetStatus === 200 &&
						decodeURIComponent(path) === `/${bucket}/${key}`,
				).length,
			async close() {
				queue.close();
				await proxy.close();
				await ceph.close();
			},
		};
	},
};

/** Delivers events at least once, in any order. */
function startQueue({ seed, retryDelay, handle }) {
	const random = createRandom(seed);
	const open = new Set();
	let closed = false;
	const deliver = async (event) => {
		await sleep(random() * 100);
		while (!closed) {
			const handled = await handle(event).then(
				() => true,
				() => false,
			);
			if (handled) return;
			await sleep(retryDelay);
		}
	};
	return {
		send(event) {
			for (let copy = 0; copy < copies; copy++) {
				const delivery = deliver(event).finally(() => open.delete(delivery));
				open.add(delivery);
			}
		},
		async settled() {
			while (open.size > 0) await Promise.all(open);
		},
		close() {
			closed = true;
		},
	};
}

/** Starts a local DynamoDB with a table for outcomes. */
export async function startTable() {
	const server = dynalite({ createTableMs: 0 });
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	const config = {
		endpoint: `http://127.0.0.1:${server.address().port}`,
		region: "us-east-1",
		credentials: { accessKeyId: "a", secretAccessKey: "b" },
	};
	const table = "outcomes";
	const client = new DynamoDBClient(config);
	await client.send(
		new CreateTableCommand({
			TableName: table,
			KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
			AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
			BillingMode: "PAY_PER_REQUEST",
		}),
	);
	const isActive = async () => {
		const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
		return Table.TableStatus === "ACTIVE";
	};
	while (!(await isActive())) await sleep(20);
	return {
		/** For {@link openTable}, also in another process. */
		options: { table, config },
		close() {
			client.destroy();
			server.closeAllConnections();
			server.close();
		},
	};
}

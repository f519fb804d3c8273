import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { defineUploads } from "@skyput/server";
import { type Backend, type S3Server, startBackend, startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createClient } from "../../src/node/index.js";
import { bytes } from "../fakes/values.js";

const count = 1_000;

let storage: S3Server;
let relay: Server;
let backend: Backend;
/** Connections to the storage. */
const sockets = new Set<Socket>();
let mostSockets = 0;

beforeAll(async () => {
	storage = await startS3Server();
	const { endpoint } = storage;
	relay = createServer((socket) => {
		sockets.add(socket);
		mostSockets = Math.max(mostSockets, sockets.size);
		const inner = connect(Number(new URL(endpoint).port), "127.0.0.1");
		socket.pipe(inner).pipe(socket);
		for (const end of [socket, inner]) end.on("error", () => {});
		socket.on("close", () => {
			sockets.delete(socket);
			inner.destroy();
		});
	});
	relay.listen(0, "127.0.0.1");
	await once(relay, "listening");
	backend = await startBackend({
		uploads: defineUploads({ "small/:name": { authorize: "public" } }),
		storage: {
			...storage,
			endpoint: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
		},
	});
});

beforeEach(() => backend.clear());
afterAll(async () => {
	await backend.close();
	for (const socket of sockets) socket.destroy();
	relay.close();
	await storage.close();
});

test(`${count} small files of one client are begun in order, four at a time, over a few connections, and all stored`, async () => {
	const begun: string[] = [];
	let now = 0;
	let most = 0;
	const client = createClient({
		endpoint: backend.endpoint,
		async fetch(request) {
			const turn = begun.push("") - 1;
			most = Math.max(most, ++now);
			try {
				begun[turn] = (await request.clone().json()).key;
				return await fetch(request);
			} finally {
				now--;
			}
		},
	});
	const keys = Array.from({ length: count }, (_, i) => `small/${i}`);
	const results = await Promise.all(keys.map((key, i) => client.uploadFile(bytes(1_000 + i), key)));

	expect(begun).toEqual(keys);
	expect(most).toBe(4);
	expect(mostSockets).toBeGreaterThan(1);
	expect(mostSockets).toBeLessThanOrEqual(16);
	expect(results.map(({ size }) => size)).toEqual(keys.map((_, i) => 1_000 + i));
	for (const i of [0, 1, 499, 998, 999])
		expect(await backend.provider.head(`small/${i}`)).toMatchObject({ size: 1_000 + i });
});

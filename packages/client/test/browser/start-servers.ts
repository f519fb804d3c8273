import { readFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { crc32 } from "node:zlib";
import { PutBucketCorsCommand, S3Client } from "@aws-sdk/client-s3";
import { defineUploads } from "@skyput/server";
import { azureProvider } from "@skyput/server/azure";
import { type S3Server, startBackend, startS3Server } from "@skyput/testing";
import type { TestProject } from "vitest/node";
import type { BrowserEngine, MissingAbilities } from "../../../../tools/browsers/engines.ts";
import { startAzurite } from "../../../../tools/start-azurite.ts";
import { startSimulatedStorage, storages } from "../integrity/storages.js";
import { integrityDocument, readTable } from "../integrity/table.js";
import { startQuarantine } from "./start-quarantine.js";

declare module "vitest" {
	export interface ProvidedContext {
		/** Where the upload handler is mounted. */
		readonly endpoint: string;
		/**
		 * `GET {reader}/{key}` tells what the storage holds, `?{storage}` names another one: `{ size, crc32, contentType }`.
		 * `POST {reader}/?{storage}` lets the faults of a storage of the integrity table happen again.
		 */
		readonly reader: string;
		/** The storages of the integrity table, and their upload handlers. */
		readonly storages: readonly {
			readonly name: string;
			readonly endpoint: string;
			/** As documented. */
			readonly outcomes: readonly string[];
		}[];
		/** An upload handler for Azurite, which the reader knows as `?azure`. */
		readonly azure: string;
		/** An upload handler whose bucket hides ETag by its CORS rule, and one that verifies parts alone. */
		readonly hidden: { readonly endpoint: string; readonly partsAlone: string };
		/** An upload handler whose bucket does not exist. */
		readonly bucketless: string;
		/** An upload handler whose files wait in quarantine, as {@link startQuarantine} says. */
		readonly quarantine: string;
		/** A storage that misbehaves as the path says. */
		readonly faulty: string;
		/** The engine of this project. */
		readonly engine: BrowserEngine;
		/** What the engine of this project cannot do, with the reasons. */
		readonly missing: MissingAbilities;
	}
}

/** Starts the storage, and the real Lambda handler behind a gateway, for the tests that run in a page. */
export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
	const backend = await startBackend({
		uploads: defineUploads({
			"files/*path": { authorize: "public" },
			"streams/*path": { authorize: "public", maxSize: "50 GB" },
			"noted/:name": {
				authorize: "public",
				onComplete: async ({ key, size }) => ({ summary: `${key} has ${size} bytes` }),
			},
		}),
		handler: { cors: { origins: ["*"] } },
	});

	const { close: stopAzurite, ...azurite } = await startAzurite();
	const azure = await startBackend({
		provider: azureProvider(azurite),
		uploads: defineUploads({ "files/*path": { authorize: "public", partSize: "1 MiB" } }),
		handler: { cors: { origins: ["*"] } },
	});
	const bucketWithoutETag = await startBucketWithoutETag();
	const { capabilities } = bucketWithoutETag;
	const partsAlone = { ...capabilities.checksums, object: [], reported: [] };
	const bucketless = await startBackend({
		uploads: defineUploads({ "files/*path": { authorize: "public" } }),
		storage: { ...bucketWithoutETag, bucket: "films" },
		handler: { cors: { origins: ["*"] } },
	});
	const [hidden, hiddenParts] = await Promise.all(
		[capabilities, { ...capabilities, checksums: partsAlone }].map((known) =>
			startBackend({
				uploads: defineUploads({ "files/*path": { authorize: "public", partSize: "5 MiB" } }),
				storage: { ...bucketWithoutETag, capabilities: known },
				handler: { cors: { origins: ["*"] } },
			}),
		),
	);
	if (!hidden || !hiddenParts) throw new Error("unreachable");
	const quarantine = await startQuarantine();
	const documented = readTable(await readFile(integrityDocument, "utf8"));
	const flipping = await Promise.all(
		storages.map(async (storage) => ({
			name: storage.name,
			backend: await startSimulatedStorage(storage),
		})),
	);
	const describe = async (key: string, of?: string): Promise<object> => {
		const named = [
			...flipping,
			{ name: "azure", backend: azure },
			{ name: "hidden", backend: hidden },
		];
		const { provider } = named.find(({ name }) => name === of)?.backend ?? backend;
		const { url } = await provider.signDownload(key, { expiresIn: 3_600 });
		const response = await fetch(url);
		if (!response.ok || !response.body) return { status: response.status };
		let size = 0;
		let crc = 0;
		for await (const chunk of response.body) {
			size += chunk.length;
			crc = crc32(chunk, crc);
		}
		return { size, crc32: crc, contentType: response.headers.get("content-type") };
	};
	const reader = http.createServer((request, response) => {
		response.setHeader("access-control-allow-origin", "*");
		response.setHeader("content-type", "application/json");
		const [path = "", of] = (request.url ?? "").slice(1).split("?").map(decodeURIComponent);
		if (request.method === "POST") {
			flipping.find(({ name }) => name === of)?.backend.flipAgain();
			return void response.end();
		}
		describe(path, of).then(
			(found) => response.end(JSON.stringify(found)),
			(error: unknown) => response.writeHead(500).end(JSON.stringify(String(error))),
		);
	});
	const faulty = http.createServer(misbehave);

	project.provide("endpoint", backend.endpoint);
	project.provide("azure", azure.endpoint);
	project.provide("bucketless", bucketless.endpoint);
	project.provide("quarantine", quarantine.endpoint);
	project.provide("hidden", { endpoint: hidden.endpoint, partsAlone: hiddenParts.endpoint });
	project.provide(
		"storages",
		flipping.map(({ name, backend: { endpoint } }) => ({
			name,
			endpoint,
			outcomes: documented.get(name) ?? [],
		})),
	);
	project.provide("reader", await listen(reader));
	project.provide("faulty", await listen(faulty));
	return async () => {
		for (const server of [reader, faulty]) {
			server.closeAllConnections();
			server.close();
		}
		for (const { backend } of flipping) await backend.close();
		const backends = [backend, bucketless, quarantine, azure, hidden, hiddenParts];
		for (const server of [...backends, bucketWithoutETag]) await server.close();
		await stopAzurite();
	};
}

/** A storage whose bucket lets pages upload, and shows them no response header. */
async function startBucketWithoutETag(): Promise<S3Server> {
	const server = await startS3Server();
	const { endpoint, region, bucket: Bucket, accessKeyId, secretAccessKey } = server;
	const credentials = { accessKeyId, secretAccessKey };
	const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
	const rule = { AllowedOrigins: ["*"], AllowedMethods: ["PUT"], AllowedHeaders: ["*"] };
	const CORSConfiguration = { CORSRules: [rule] };
	await client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration }));
	client.destroy();
	return server;
}

async function listen(server: http.Server): Promise<string> {
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Requests to `/silent` that are still open. */
let waiting = 0;
/** Responses to `/held`. */
const held: http.ServerResponse[] = [];

/**
 * `/reset`, `/stall` and `/silent` as they say, `/cut` resets what has been on its way for a while, `/half` breaks its answer off,
 * `/waiting` tells how many wait at `/silent`, `/busy` asks for a long wait, `/held` waits for `/release`,
 * which tells how many it let go, `/private` is without CORS,
 * `/unreadable` and `/bare/<status>` have CORS for the preflight only, `/echo/<status>` has the request in a header. As strangers
 * on the way: `/portal` answers 200, `/page` a page with an entity tag, `/redirect` leads to a good answer, `/login` to the page.
 */
function misbehave(request: http.IncomingMessage, response: http.ServerResponse): void {
	const path = (request.url ?? "").split("?")[0] ?? "";
	const isPreflight = request.method === "OPTIONS";
	const isBare = /^\/(unreadable|bare\/\d+)$/.test(path) && !isPreflight;
	if (path !== "/private" && !isBare) {
		response.setHeader("access-control-allow-origin", "*");
		response.setHeader("access-control-allow-methods", "*");
		response.setHeader("access-control-allow-headers", "*");
		response.setHeader("access-control-expose-headers", "x-seen, x-odd, retry-after, etag");
	}
	if (isPreflight) {
		response.writeHead(204).end();
	} else if (path === "/reset") {
		request.once("data", () => request.socket.resetAndDestroy());
	} else if (path === "/cut") {
		request.once("data", () => {
			request.pause();
			setTimeout(() => request.socket.resetAndDestroy(), 200);
		});
	} else if (path === "/half") {
		response.writeHead(200, { "content-length": 100 }).write("{", () => request.socket.destroy());
	} else if (path === "/stall") {
		request.pause();
	} else if (path === "/silent") {
		request.resume();
		waiting++;
		response.once("close", () => waiting--);
	} else if (path === "/waiting") {
		response.end(String(waiting));
	} else if (path === "/busy") {
		request.resume();
		request.once("end", () => response.writeHead(503, { "retry-after": "30" }).end());
	} else if (/^\/(portal|page|redirect|login|stored)$/.test(path)) {
		request.resume();
		request.once("end", () => {
			if (path === "/login") response.writeHead(302, { location: "/page" }).end();
			if (path === "/redirect") response.writeHead(307, { location: "/stored" }).end();
			if (path === "/portal") response.writeHead(200).end();
			if (path === "/page") {
				response.writeHead(200, { etag: '"1"', "content-type": "text/html" }).end("Sign in");
			}
			if (path === "/stored") response.writeHead(200, { etag: '"1"' }).end();
		});
	} else if (path === "/held") {
		request.resume();
		request.once("end", () => held.push(response));
	} else if (path === "/release") {
		const released = held.splice(0);
		for (const one of released) one.end();
		response.end(String(released.length));
	} else {
		let size = 0;
		request.on("data", (chunk: Buffer) => {
			size += chunk.length;
		});
		request.on("end", () => {
			const { "content-length": length, "content-type": type, "x-own": own } = request.headers;
			const seen = { method: request.method, size, length, type, own };
			response.setHeader("x-seen", JSON.stringify(seen));
			response.setHeader("x-odd", "a: b");
			const status = Number(path.split("/")[2] ?? 200);
			response.writeHead(status).end(status === 204 ? undefined : "<Error/>");
		});
	}
}

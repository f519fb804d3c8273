import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import {
	type CompleteReply,
	type CreateRequest,
	type ListReply,
	type MultipartPlan,
	type PartsRequest,
	type PartWindow,
	sizeOfPart,
} from "#protocol";

export interface CountingSink {
	/** Where its upload handler is mounted. */
	readonly endpoint: string;
	/** Bytes received by part. */
	readonly parts: ReadonlyMap<number, number>;
	/** The most connections that were open at once to where the bytes go. */
	readonly mostConnections: () => number;
	/** Whether the upload was completed. */
	readonly completed: () => boolean;
	close(): Promise<void>;
}

const partSize = 16 * 1024 * 1024;

/** An upload handler, and on another port a storage that counts what it gets and keeps none of it. */
export async function startCountingSink(): Promise<CountingSink> {
	const parts = new Map<number, number>();
	const connections = new Set<Socket>();
	let mostConnections = 0;
	let completed = false;

	const storage = http.createServer((request, response) => {
		if (allowed(request, response)) return;
		const number = Number(new URL(request.url ?? "", "http://sink").searchParams.get("part"));
		let size = 0;
		request.on("data", ({ length }: Buffer) => {
			size += length;
		});
		request.on("end", () => {
			parts.set(number, size);
			response.setHeader("etag", `"${number}"`).end();
		});
	});
	// a connection that is kept is not counted twice
	storage.keepAliveTimeout = 60_000;
	storage.on("connection", (socket: Socket) => {
		connections.add(socket);
		mostConnections = Math.max(mostConnections, connections.size);
		socket.once("close", () => connections.delete(socket));
	});
	const storageOrigin = await listen(storage);

	const windowOf = (first: number, count: number): PartWindow => ({
		first,
		count,
		method: "PUT",
		urls: [`${storageOrigin}/object?part={partNumber}&signature={value}`],
		values: Array.from({ length: count }, () => "0"),
		headers: {},
		receiptHeader: "etag",
		expiresIn: 600,
		expiresAt: new Date(Date.now() + 600_000).toISOString(),
	});
	let size = 0;
	const answer = (path: string, body: string): object => {
		if (path.endsWith("/complete")) {
			completed = true;
			return { key: "object", size, verified: true } satisfies CompleteReply;
		}
		if (path.endsWith("/list")) {
			const stored = [...parts].map(([partNumber, size]) => ({
				partNumber,
				size,
				receipt: `"${partNumber}"`,
			}));
			return { parts: stored.toSorted((a, b) => a.partNumber - b.partNumber) } satisfies ListReply;
		}
		if (path.endsWith("/parts")) {
			const { first, count }: PartsRequest = JSON.parse(body);
			return windowOf(first, count);
		}
		const request: CreateRequest = JSON.parse(body);
		size = request.size ?? 0;
		const partCount = Math.ceil(size / partSize);
		return {
			v: 1,
			kind: "multipart",
			key: "object",
			uploadId: "upload",
			token: "token",
			size,
			partSize,
			partCount,
			window: windowOf(1, Math.min(32, partCount)),
			algorithm: "crc32",
		} satisfies MultipartPlan;
	};
	const api = http.createServer((request, response) => {
		if (allowed(request, response)) return;
		void text(request).then((body) => {
			response.setHeader("content-type", "application/json");
			response.end(JSON.stringify(answer(request.url ?? "", body)));
		});
	});

	return {
		endpoint: `${await listen(api)}/uploads`,
		parts,
		mostConnections: () => mostConnections,
		completed: () => completed,
		async close() {
			for (const server of [api, storage]) {
				server.closeAllConnections();
				server.close();
			}
		},
	};
}

/** What every part of a file of this size has, by its number. */
export function partsOf(size: number): ReadonlyMap<number, number> {
	const count = Math.ceil(size / partSize);
	return new Map(
		Array.from({ length: count }, (_, i) => [i + 1, sizeOfPart(i + 1, size, partSize)]),
	);
}

/** Lets pages of any origin in; true where that was the whole answer. */
function allowed(request: http.IncomingMessage, response: http.ServerResponse): boolean {
	response.setHeader("access-control-allow-origin", "*");
	response.setHeader("access-control-allow-methods", "*");
	response.setHeader("access-control-allow-headers", "*");
	response.setHeader("access-control-expose-headers", "etag");
	if (request.method !== "OPTIONS") return false;
	response.writeHead(204).end();
	return true;
}

async function listen(server: http.Server): Promise<string> {
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline, Readable } from "node:stream";
import { onTestFinished } from "vitest";
import type { RunStepsOptions } from "../../src/events/run-steps.js";
import type { ObjectInfo } from "../../src/object-spec.js";

/** Handles a request itself and returns true, or leaves it to the server. */
type Interfere = (request: IncomingMessage, response: ServerResponse, count: number) => boolean;

interface RangeServerOptions {
	readonly interfere?: Interfere;
	readonly contentType?: string;
	readonly key?: string;
}

const etag = '"stored"';

/** The bytes of an object, or those of a range of one that is too large for the memory. */
export type Content =
	| Uint8Array
	| { readonly size: number; readonly read: (start: number, end: number) => Uint8Array };

/** Serves one object by ranges as a storage does, until the end of the test. */
export async function serveObject(
	content: Content,
	{ interfere, contentType, key = "files/a.bin" }: RangeServerOptions = {},
): Promise<RunStepsOptions & { readonly ranges: string[] }> {
	const size = content instanceof Uint8Array ? content.length : content.size;
	const ranges: string[] = [];
	const server = createServer((request, response) => {
		const { range = "", "if-match": pin } = request.headers;
		ranges.push(range);
		if (interfere?.(request, response, ranges.length)) return;
		if (pin !== etag) return void response.writeHead(412).end();
		const [start = 0, last = 0] = range.slice("bytes=".length).split("-").map(Number);
		response.writeHead(206, { etag, "content-range": `bytes ${start}-${last}/${size}` });
		const chunks = function* (): Generator<Uint8Array> {
			for (let at = start; at <= last; at += 2 ** 16) {
				const end = Math.min(at + 2 ** 16, last + 1);
				yield content instanceof Uint8Array ? content.subarray(at, end) : content.read(at, end);
			}
		};
		pipeline(Readable.from(chunks()), response, () => undefined);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	const object: ObjectInfo = {
		key,
		size,
		etag,
		checksums: [],
		...(contentType === undefined ? {} : { contentType }),
	};
	return {
		object,
		finalKey: key,
		retryDelay: () => 0,
		ranges,
		provider: {
			signDownload: async () => ({
				method: "GET",
				url: `http://127.0.0.1:${port}/object?signature=secret`,
				headers: {},
				expiresIn: 300,
				expiresAt: new Date().toISOString(),
			}),
		},
	};
}

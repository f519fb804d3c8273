import { crc32 } from "node:zlib";
import { followRedirects } from "../../src/node/redirects.js";
import { fromNodeStream } from "../../src/node/sources/node-stream.js";
import type {
	Hasher,
	OutgoingRequest,
	Platform,
	Reachability,
	SendOptions,
	StreamSource,
	UploadBody,
	UploadSource,
} from "../../src/platform.js";
import type { ResumeStore } from "../../src/resume-store.js";
import { NetworkError } from "../../src/transport-errors.js";

/** One attempt that reached the fake storage. */
export interface Attempt extends OutgoingRequest {
	/** Counted over all attempts, from 0. */
	readonly index: number;
	readonly body: Uint8Array;
	readonly options: SendOptions;
}

export type Storage = (attempt: Attempt) => Response | Promise<Response>;

/** Knows nothing about any failure. */
export const unexplained: Reachability = {
	maxReconnectWaits: 3,
	answered: () => {},
	explain: async () => undefined,
	reconnect: async () => {},
};

/** A runtime without a network: `storage` answers every attempt, and all attempts are kept. */
export interface FakePlatform extends Platform {
	readonly attempts: Attempt[];
	/** Sources closed so far. */
	readonly closed: () => number;
	/** Most attempts in flight at once. */
	readonly mostAtOnce: () => number;
}

export function createFakePlatform(
	storage: Storage = () => stored(),
	reachability: Partial<Reachability> = {},
): FakePlatform {
	const attempts: Attempt[] = [];
	let closed = 0;
	let now = 0;
	let most = 0;
	const counted = <Source extends UploadSource | StreamSource>(source: Source): Source => ({
		...source,
		async close() {
			closed++;
			await source.close();
		},
	});
	return {
		attempts,
		closed: () => closed,
		mostAtOnce: () => most,
		maxConcurrency: 16,
		followRedirects,
		hashers: { crc32: createHasher },
		openResumeStore: async () => createMemoryStore(),
		async openSource(file) {
			if (!(file instanceof Uint8Array)) throw new TypeError("The file must be a Uint8Array.");
			return counted({
				...fromBytes(file),
				type: "text/plain",
				identity: { name: "the file", exact: true },
			});
		},
		toStream: fromNodeStream,
		memory: { toSource: (bytes) => counted(fromBytes(bytes)), copies: false },
		reachability: {
			...unexplained,
			...reachability,
		},
		async send(request, body, options) {
			options.signal.throwIfAborted();
			const bytes = await collect(body);
			const attempt: Attempt = { ...request, index: attempts.length, body: bytes, options };
			attempts.push(attempt);
			most = Math.max(most, ++now);
			try {
				options.onSent(Math.floor(bytes.length / 2));
				const response = await abortable(storage(attempt), options.signal);
				if (response.ok) {
					options.onSent(bytes.length);
					options.hash?.update(bytes);
				}
				return response;
			} finally {
				now--;
			}
		},
	};
}

export interface MemoryStore extends ResumeStore {
	readonly records: Map<string, string>;
	/** Every record that was ever set. */
	readonly history: string[];
}

/** A store with locks, for uploads of one program. */
export function createMemoryStore(): MemoryStore {
	const records = new Map<string, string>();
	const history: string[] = [];
	const locks = new Map<string, Promise<void>>();
	return {
		records,
		history,
		get: async (id) => records.get(id),
		async set(id, record) {
			history.push(record);
			records.set(id, record);
		},
		async delete(id) {
			records.delete(id);
		},
		async lock(id, signal) {
			const before = locks.get(id) ?? Promise.resolve();
			const { promise, resolve } = Promise.withResolvers<void>();
			locks.set(id, promise);
			await abortable(before, signal);
			return resolve;
		},
	};
}

/** A storage's usual answer to bytes it has taken. */
export const stored = (headers: Record<string, string> = { etag: '"e"' }): Response =>
	new Response(null, { status: 200, headers });

/** A storage's error, as S3 words it. */
export const refusal = (
	status: number,
	code: string,
	headers: Record<string, string> = {},
): Response =>
	new Response(`<Error><Code>${code}</Code><StringToSign>secret</StringToSign></Error>`, {
		status,
		headers: { "content-type": "application/xml", ...headers },
	});

/** How a transport reports that the connection went away, and how `fetch` does. */
export const connectionLost = (): NetworkError => new NetworkError();

export const crcOf = (bytes: Uint8Array): string => {
	const buffer = Buffer.alloc(4);
	buffer.writeUInt32BE(crc32(bytes));
	return buffer.toString("base64");
};

function createHasher(): Hasher {
	let crc = 0;
	return {
		update(chunk) {
			crc = crc32(chunk, crc);
		},
		digest() {
			const buffer = Buffer.alloc(4);
			buffer.writeUInt32BE(crc);
			return buffer.toString("base64");
		},
	};
}

const fromBytes = (bytes: Uint8Array): UploadSource => ({
	size: bytes.length,
	slice: (start, end) => toBody(bytes.subarray(start, end)),
	close: async () => {},
});

const toBody = (bytes: Uint8Array): UploadBody => ({
	size: bytes.length,
	async *chunks() {
		const step = Math.max(7, Math.ceil(bytes.length / 50));
		for (let start = 0; start < bytes.length; start += step) {
			yield bytes.subarray(start, start + step);
		}
	},
});

async function collect(body: UploadBody): Promise<Uint8Array> {
	const chunks: Uint8Array[] = [];
	for await (const chunk of body.chunks()) chunks.push(chunk);
	return Buffer.concat(chunks);
}

function abortable<T>(value: T | Promise<T>, signal: AbortSignal): Promise<T> {
	return new Promise((resolve, reject) => {
		signal.addEventListener("abort", () => reject(signal.reason), { once: true });
		Promise.resolve(value).then(resolve, reject);
	});
}

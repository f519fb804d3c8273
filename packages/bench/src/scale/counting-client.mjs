// What the programs of this folder have in common.
import { randomBytes } from "node:crypto";
import { defineUploads } from "@skyput/server";
import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { createClientModule } from "../../../client/src/client.ts";
import { createNodePlatform } from "../../../client/src/node/platform.ts";

/** Parts on one page of ListParts, as in S3. */
const page = 1_000;

const silent = async () => {};

/**
 * Creates a client whose files have only a length, and whose storage only counts; client, handler and signatures are
 * real. Each upload is compared: the parts that are committed are those that were sent.
 *
 * @param {object} options
 * @param {string} options.partSize as in a rule
 * @param {number} [options.multipartThreshold]
 * @param {() => void} [options.onCreate] called when the storage has begun an upload
 * @param {() => Promise<void>} [options.onPart] called after each part
 * @param {() => Promise<void>} [options.onCommit] called before each commit
 */
export function createCountingClient({
	partSize,
	multipartThreshold,
	onCreate = () => {},
	onPart = silent,
	onCommit = silent,
}) {
	/** The parts of each upload in flight, by its key. */
	const stored = new Map();
	const provider = {
		...s3Provider({
			bucket: "scale",
			region: "us-east-1",
			credentials: { accessKeyId: "AKIASCALE", secretAccessKey: "scale" },
		}),
		async createMultipart({ key }) {
			stored.set(key, new Map());
			onCreate();
			return { key, id: key };
		},
		async listParts({ key }, { after = 0 }) {
			const parts = stored.get(key);
			const end = Math.min(after + page, parts.size);
			const list = [];
			for (let number = after + 1; number <= end; number++) list.push({ ...parts.get(number) });
			return { parts: list, ...(end < parts.size ? { next: end } : {}) };
		},
		async completeMultipart({ key }, list, { spec }) {
			await onCommit();
			assertEqual(list.length, stored.get(key).size);
			stored.delete(key);
			return { key, size: spec.size, etag: '"whole"', checksums: [] };
		},
		abortMultipart: silent,
		head: async () => null,
	};
	const handler = createFetchHandler({
		uploads: defineUploads({ "films/:name": { authorize: "public", partSize } }),
		provider,
		tokenSecret: randomBytes(32).toString("base64"),
	});
	const platform = {
		...createNodePlatform(),
		openSource: async ({ size }) => ({
			size,
			slice: (start, end) => ({ size: end - start, async *chunks() {} }),
			close: silent,
		}),
		async send({ url }, { size }, { onSent }) {
			onSent(size);
			// lets the other parts run, as a network would
			await new Promise(setImmediate);
			const { searchParams } = new URL(url);
			const partNumber = Number(searchParams.get("partNumber"));
			const receipt = `"${partNumber.toString(16).padStart(32, "0")}"`;
			stored.get(searchParams.get("uploadId")).set(partNumber, { partNumber, size, receipt });
			await onPart();
			return new Response(null, { headers: { etag: receipt } });
		},
	};
	return createClientModule(
		platform,
		() => import("../../../client/src/multipart/index.ts"),
	).createClient({
		endpoint: "http://scale.test/uploads",
		fetch: handler,
		...(multipartThreshold === undefined ? {} : { multipartThreshold }),
	});
}

/** Bytes in use after garbage collection. */
export async function measureHeap() {
	// finalizers may free more memory: collect several times
	for (let pass = 0; pass < 3; pass++) {
		await new Promise(setImmediate);
		globalThis.gc();
	}
	const { heapUsed, external } = process.memoryUsage();
	return heapUsed + external;
}

export function assertEqual(value, wanted) {
	if (value !== wanted) throw new Error(`${value} instead of ${wanted}`);
}

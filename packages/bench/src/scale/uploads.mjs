// Uploads of many parts in a process of its own. Usage: node --expose-gc uploads.mjs PARTS UPLOADS
//
// Client, handler and signatures are real; the file has only a length, and the storage only counts.
import { randomBytes } from "node:crypto";
import { defineUploads } from "@skyput/server";
import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { createClientModule } from "../../../client/src/client.ts";
import { createNodePlatform } from "../../../client/src/node/platform.ts";

const partSize = 5 * 1024 ** 3;
/** Parts on one page of ListParts, as in S3. */
const page = 1_000;
/** Parts between two memory samples. */
const interval = 500;

const [parts, uploads] = process.argv.slice(2).map(Number);

/** The parts of the current upload. */
const stored = new Map();
let sent = 0;
let watching = false;
let liveBytes = 0;

/** Measures the memory in use after garbage collection. */
async function look() {
	if (!watching) return;
	// finalizers may free more memory: collect twice
	for (let pass = 0; pass < 3; pass++) {
		await new Promise(setImmediate);
		globalThis.gc();
	}
	const { heapUsed, external } = process.memoryUsage();
	liveBytes = Math.max(liveBytes, heapUsed + external);
}

const provider = {
	...s3Provider({
		bucket: "scale",
		region: "us-east-1",
		credentials: { accessKeyId: "AKIASCALE", secretAccessKey: "scale" },
	}),
	createMultipart: async ({ key }) => ({ key, id: "upload" }),
	async listParts(_upload, { after = 0 }) {
		const end = Math.min(after + page, stored.size);
		const list = [];
		for (let number = after + 1; number <= end; number++) list.push({ ...stored.get(number) });
		return { parts: list, ...(end < stored.size ? { next: end } : {}) };
	},
	async completeMultipart({ key }, list, { size }) {
		await look();
		assertEqual(list.length, stored.size);
		return { key, size, etag: '"whole"', checksums: [] };
	},
	abortMultipart: async () => {},
	head: async () => null,
};

const handler = createFetchHandler({
	uploads: defineUploads({ "films/:name": { authorize: "public", partSize: "5 GiB" } }),
	provider,
	tokenSecret: randomBytes(32).toString("base64"),
});

const platform = {
	...createNodePlatform(),
	openSource: async ({ size }) => ({
		size,
		slice: (start, end) => ({ size: end - start, async *chunks() {} }),
		close: async () => {},
	}),
	async send({ url }, { size }, { onSent }) {
		onSent(size);
		// lets the other parts run, as a network would
		await new Promise(setImmediate);
		const partNumber = Number(/partNumber=(\d+)/.exec(url)[1]);
		const receipt = `"${partNumber.toString(16).padStart(32, "0")}"`;
		stored.set(partNumber, { partNumber, size, receipt });
		if (++sent % interval === 0) await look();
		return new Response(null, { headers: { etag: receipt } });
	},
};
const client = createClientModule(
	platform,
	() => import("../../../client/src/multipart/index.ts"),
).createClient({ endpoint: "http://scale.test/uploads", fetch: handler });

async function upload(count, partCount) {
	for (let number = 0; number < count; number++) {
		stored.clear();
		sent = 0;
		const size = partCount * partSize;
		assertEqual((await client.uploadFile({ size }, `films/${number}`)).size, size);
		assertEqual(sent, partCount);
		assertEqual(stored.size, partCount);
	}
}

function assertEqual(value, wanted) {
	if (value !== wanted) throw new Error(`${value} instead of ${wanted}`);
}

// the first uploads warm up the compiler
await upload(50, 100);
const before = process.cpuUsage();
await upload(uploads, parts);
const { user, system } = process.cpuUsage(before);
watching = true;
await upload(1, parts);
console.log(
	JSON.stringify({
		microsecondsPerPart: (user + system) / (uploads * parts),
		liveMiB: liveBytes / 1024 ** 2,
	}),
);

import { defineUploads, memoryOutcomes } from "@skyput/server";
import { createObjectHandler } from "@skyput/server/events";
import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { stopped } from "./stopped.mjs";

export const title = "After the upload: events of one object handler, on a storage in memory";

/** Deliveries of each event. */
const copies = 2;

/** Messages of one batch, as SQS has by default. */
const batchSize = 10;

/** A storage that keeps what the object handler asks for, and counts the copies of each key. */
function memoryStorage() {
	const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
	const objects = new Map();
	const copied = new Map();
	const store = (key, { size, contentType, metadata, uploadId }) => {
		const object = { key, size, contentType, metadata, uploadId, etag: '"bench"', checksums: [] };
		objects.set(key, object);
		return object;
	};
	return {
		copied,
		provider: {
			...s3Provider({ bucket: "bench", region: "us-east-1", credentials }),
			// no tags
			maintenance: undefined,
			head: async (key) => objects.get(key) ?? null,
			async signUpload(spec) {
				store(spec.key, spec);
				return { method: "PUT", url: "https://bench/", headers: {}, expiresIn: 300, expiresAt: "" };
			},
			async copy(source, key, { spec }) {
				copied.set(key, (copied.get(key) ?? 0) + 1);
				return store(key, { ...objects.get(source.key), ...spec });
			},
			delete: async (key) => void objects.delete(key),
		},
	};
}

/** Begins uploads, which the storage has at once. @returns their ids */
async function beginUploads(count, options) {
	const handler = createFetchHandler({
		...options,
		tokenSecret: "0123456789abcdef0123456789abcdef",
	});
	const ids = [];
	for (let number = 0; number < count; number++) {
		const body = JSON.stringify({ v: 1, key: `files/${number}`, size: 5, kinds: ["single"] });
		const headers = { "content-type": "application/json" };
		const request = new Request("http://localhost/", { method: "POST", headers, body });
		ids.push((await (await handler(request)).json()).uploadId);
	}
	return ids;
}

/** In an order that does not change from run to run. */
function shuffled(items) {
	const all = [...items];
	let state = 1;
	for (let at = all.length - 1; at > 0; at--) {
		state = (state * 48_271) % 0x7fffffff;
		const other = state % (at + 1);
		[all[at], all[other]] = [all[other], all[at]];
	}
	return all;
}

export async function run({ quick }) {
	const count = quick ? 50 : 5_000;
	const { provider, copied } = memoryStorage();
	const uploads = defineUploads({ "files/:name": { authorize: "public", quarantine: true } });
	const outcomes = memoryOutcomes();
	const ids = await beginUploads(count, { uploads, provider, outcomes });
	const ended = new Map();
	const handler = createObjectHandler({
		uploads,
		provider,
		outcomes,
		steps: [() => ({ verdict: "clean" })],
		audit: ({ uploadId }) => void ended.set(uploadId, (ended.get(uploadId) ?? 0) + 1),
	});
	const bodies = ids.map((id) =>
		JSON.stringify({
			source: "aws.s3",
			"detail-type": "Object Created",
			detail: { bucket: { name: "bench" }, object: { key: `.skyput/quarantine/${id}` } },
		}),
	);
	const messages = shuffled(Array.from({ length: copies }, () => bodies).flat()).map((body, n) => ({
		messageId: `${n}`,
		eventSource: "aws:sqs",
		body,
	}));

	const start = performance.now();
	for (let at = 0; at < messages.length; at += batchSize) {
		stopped.throwIfAborted();
		const { batchItemFailures } = await handler({ Records: messages.slice(at, at + batchSize) });
		if (batchItemFailures.length > 0) throw new Error("An event was not handled.");
	}
	const seconds = (performance.now() - start) / 1000;

	if (ended.size !== count) throw new Error(`${ended.size} of ${count} uploads have an outcome.`);
	const most = Math.max(...ended.values(), ...copied.values());
	const perMinute = (messages.length / seconds) * 60;
	return {
		rows: [
			{
				uploads: count,
				events: messages.length,
				seconds,
				"events/min": perMinute,
				"most outcomes or copies": most,
			},
		],
		targets: [
			{ name: "events of one handler", value: perMinute, atLeast: 10_000, unit: "a minute" },
			{ name: "outcomes or copies", value: most, atMost: 1, unit: "for each upload" },
		],
	};
}

import { type AuditEvent, defineUploads, memoryQuota, memoryRateLimit } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createClient } from "../../src/node/index.js";
import { failureOf } from "../fakes/values.js";

const mib = 2 ** 20;
const silent = () => undefined;

let events: AuditEvent[];
let waits: string[];
let backend: Backend;

beforeEach(async () => {
	events = [];
	waits = [];
	backend = await startBackend({
		uploads: defineUploads({
			"files/:name": {
				authorize: "public",
				authorizeDelete: "public",
				partSize: "5 MiB",
				maxSize: 20 * mib,
			},
		}),
		handler: {
			quota: memoryQuota({ bytes: 20 * mib }),
			// the second upload has to wait for a second
			rateLimit: memoryRateLimit({
				limit: 1,
				window: 1,
				by: ({ operation, requestedKey }) =>
					operation === "create" && requestedKey?.startsWith("files/often") ? "often" : undefined,
			}),
			audit: (event) => void events.push(event),
			log: { error: silent, info: silent, warn: (line) => waits.push(line) },
		},
	});
});
afterEach(() => backend.close());

const connect = () => createClient({ endpoint: backend.endpoint, multipartThreshold: 6 * mib });
const upload = (key: string, size: number) =>
	connect().uploadFile(new Uint8Array(size), `files/${key}`);

test("uploads count by their real size, and a refused or deleted one counts for nothing", async () => {
	await upload("one-request", 5 * mib);
	await upload("in-parts", 11 * mib);
	const stream = new Blob([new Uint8Array(2 * mib)]).stream();
	await connect().uploadFile(stream, "files/stream");
	expect(await failureOf(upload("no-room", 3 * mib))).toMatchObject({
		code: "quota-exceeded",
		status: 403,
		values: { size: 3 * mib },
	});
	const aborted = upload("aborted", 2 * mib);
	aborted.abort();
	expect(await failureOf(aborted)).toMatchObject({ code: "aborted" });
	await connect().deleteFile("files/in-parts");
	await upload("room-again", 10 * mib);
	const completed = events.filter(({ type }) => type === "completed").map(({ key }) => key);
	expect(completed).toEqual(
		["one-request", "in-parts", "stream", "room-again"].map((key) => `files/${key}`),
	);
	for (const { type, uploadId, key } of events) {
		if (type !== "completed") continue;
		const issued = events.filter((event) => event.type === "issued" && event.key === key);
		expect(new Set(issued.map((event) => event.uploadId))).toEqual(new Set([uploadId]));
	}
});

test("an upload beyond the rate limit waits as long as the server says, and goes on", async () => {
	await Promise.all([upload("often-1", 1), upload("often-2", 1)]);
	expect(waits.filter((line) => line.includes("rate-limited"))).not.toHaveLength(0);
	expect(await backend.read("files/often-2")).toHaveLength(1);
});

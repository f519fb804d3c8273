import { defineUploads } from "@skyput/server";
import {
	type Backend,
	faultNamed,
	type S3Server,
	startBackend,
	startS3Server,
} from "@skyput/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { uploadFile } from "../../src/node/index.js";
import { bytes } from "../fakes/values.js";

// What AWS was recorded to do in the middle of an upload: docs/aws.md.

const content = bytes(11 * 2 ** 20);
const inParts = ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"] as const;
const flows = [
	{ flow: "in one request", operations: ["PutObject"], options: { multipartThreshold: 1e8 } },
	{ flow: "in parts", operations: inParts, options: { multipartThreshold: 1 } },
	{ flow: "of a stream", operations: inParts, options: { multipartThreshold: 1 } },
] as const;
const kinds = [
	"503 SlowDown",
	"500 InternalError",
	"500 after success",
	"409 ConditionalRequestConflict",
	"412 PreconditionFailed",
	"412 after success",
	"404 after success",
	"400 BadDigest",
	"200 with an error",
	"403 for a missing key",
];

let storage: S3Server;
let backend: Backend;

async function start(faults: Parameters<typeof startS3Server>[0]): Promise<void> {
	storage = await startS3Server(faults);
	backend = await startBackend({
		uploads: defineUploads({ "files/*path": { authorize: "public", partSize: "5 MiB" } }),
		storage,
		handler: { log: { error() {}, warn() {}, info() {} } },
	});
}
async function stop(): Promise<void> {
	await backend.close();
	await storage.close();
}

/** Uploads, and asserts that the key holds the content. */
async function expectStored(key: string, { flow, options }: (typeof flows)[number]): Promise<void> {
	const stream = flow === "of a stream";
	const source = stream ? new Blob([content]).stream() : content;
	await uploadFile(source, key, { endpoint: backend.endpoint, ...options });
	const stored = await backend.read(key);
	expect(stored && Buffer.compare(stored, content)).toBe(0);
}

beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0));
afterEach(() => vi.restoreAllMocks());

describe("a fault at the first request of each operation", () => {
	beforeAll(() => start({ faults: [] }));
	beforeEach(() => backend.clear());
	afterAll(stop);

	const cases = flows.flatMap((flow) =>
		kinds
			.map((kind) => {
				const fault = faultNamed(kind);
				const possible = [...flow.operations, "HeadObject"] as const;
				const hit = possible.filter((operation) => fault.operations.includes(operation));
				return { ...flow, kind, fault, hit };
			})
			.filter(({ hit }) => hit.length > 0),
	);
	test.each(cases)("$kind leaves the file of an upload $flow stored", async (each) => {
		const { flow, kind, fault, hit } = each;
		const key = `files/${kind}/${flow}`.replaceAll(" ", "-");
		const path = `/${storage.bucket}/${key}`;
		for (const operation of hit) {
			storage.faults?.rules.push({ fault, operation, path, nth: 1 });
		}
		await expectStored(key, each);
		const hits = storage.faults?.log.filter((entry) => entry.path === path && entry.fault === kind);
		expect(hits?.length).toBeGreaterThan(0);
	});
});

test("random faults leave all files stored", async () => {
	await start({ faults: { seed: 3, rate: 0.2, kinds } });
	try {
		for (const flow of flows) await expectStored(`files/${flow.flow}`.replaceAll(" ", "-"), flow);
		expect(storage.faults?.log.some(({ fault }) => fault !== undefined)).toBe(true);
	} finally {
		await stop();
	}
});

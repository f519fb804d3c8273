import { randomBytes } from "node:crypto";
import { GetObjectCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import { defineUploads } from "@skyput/server";
import {
	type Backend,
	type Fault,
	type FaultProxy,
	faultTable,
	type ProxiedOperation,
	startBackend,
} from "@skyput/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ceph, startCeph } from "../../../../tools/start-ceph.js";
import { uploadFile } from "../../src/node/index.js";

// What a storage that is not ours makes of requests that come in half, come twice, or whose answers
// are lost. Answers that the proxy gives before the storage has seen anything are the same before any.

const mebibyte = 2 ** 20;
const file = randomBytes(5 * mebibyte + 1);
/** Requests of one upload in parts, and the one of an upload without. */
const operations = [
	"PutObject",
	"CreateMultipartUpload",
	"UploadPart",
	"ListParts",
	"CompleteMultipartUpload",
] as const;

const reaches = ({ effect }: Fault): boolean =>
	effect.kind === "respond"
		? effect.when === "after-target"
		: !["delay", "throttle", "straggler", "silence", "abort-upload", "new-etag"].includes(
				effect.kind,
			);
/** A handler waits for its storage nearly as long as a gateway for the handler. */
const takesLong = ({ effect }: Fault, operation: ProxiedOperation): boolean =>
	effect.kind === "stall" && operation !== "PutObject" && operation !== "UploadPart";

const cases = operations.flatMap((operation) =>
	faultTable
		.filter(
			(fault) =>
				fault.operations.includes(operation) && reaches(fault) && !takesLong(fault, operation),
		)
		.map((fault) => ({
			fault,
			operation,
			name: `${operation}: ${fault.name}`,
			label: `${operation}-${fault.name.replaceAll(" ", "-")}`,
		})),
);

let ceph: Ceph;
let s3: S3Client;
let backend: Backend;
let proxy: FaultProxy;

beforeAll(async () => {
	const started = await startCeph();
	if (!started) throw new Error("Ceph is not installed");
	ceph = started;
	const { accessKeyId, secretAccessKey, region } = ceph;
	const credentials = { accessKeyId, secretAccessKey };
	s3 = new S3Client({ region, endpoint: ceph.endpoint, forcePathStyle: true, credentials });
	// Ceph 16 cannot refuse to overwrite in multipart uploads, so the server makes the keys
	const key = ({ requestedKey }: { readonly requestedKey: string }): string => requestedKey;
	const uploads = defineUploads({
		"faults/:name": { authorize: "public", key, partSize: "5 MiB" },
	});
	backend = await startBackend({
		uploads,
		storage: { ...ceph, compatibility: "ceph" },
		storageProxy: {},
	});
	if (!backend.storageProxy) throw new Error("There is no proxy");
	proxy = backend.storageProxy;
});
afterAll(async () => {
	s3.destroy();
	await backend.close();
	await ceph.close();
});

async function read(Key: string): Promise<Uint8Array | undefined> {
	const { Body } = await s3.send(new GetObjectCommand({ Bucket: ceph.bucket, Key }));
	return Body?.transformToByteArray();
}

test("one fault of each kind at each request leaves the whole file on Ceph, and no parts but those of a begin that nobody heard of", async () => {
	const options = { endpoint: backend.endpoint, stallTimeout: 3_000 };
	const attempt = crypto.randomUUID();
	proxy.rules.length = 0;
	const before = proxy.log.length;
	const ends = new Map<string, string>();
	const queue = cases.values();
	const worker = async (): Promise<void> => {
		for (const { fault, operation, name, label } of queue) {
			const key = `faults/${attempt}-${label}`;
			proxy.rules.push({ fault, operation, path: `/${ceph.bucket}/${key}`, nth: 1 });
			const multipartThreshold = operation === "PutObject" ? file.length : 0;
			// every upload a client of its own, which has yet to learn what Ceph verifies
			const end = await uploadFile(file, key, { ...options, multipartThreshold }).then(
				async () => {
					const stored = await read(key);
					return stored && file.equals(stored) ? "stored" : "stored with other bytes";
				},
				(error: Error) => `${error}`,
			);
			ends.set(name, end);
		}
	};
	await Promise.all(Array.from({ length: 8 }, worker));

	expect(Object.fromEntries(ends)).toEqual(
		Object.fromEntries(cases.map(({ name }) => [name, "stored"])),
	);
	const log = proxy.log.slice(before);
	const hit = log.filter(({ fault }) => fault !== undefined);
	expect(hit).toHaveLength(cases.length);

	const { Uploads = [] } = await s3.send(
		new ListMultipartUploadsCommand({ Bucket: ceph.bucket, Prefix: `faults/${attempt}` }),
	);
	const lost = log.filter(
		({ operation, targetStatus, status }) =>
			operation === "CreateMultipartUpload" && targetStatus === 200 && status !== 200,
	);
	expect(Uploads.map(({ Key }) => `/${ceph.bucket}/${Key}`).sort()).toEqual(
		lost.map(({ path }) => path).sort(),
	);
	expect(lost.length).toBeGreaterThan(2);
});

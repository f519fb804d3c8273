import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { defineUploads, memoryOutcomes } from "@skyput/server";
import type { AuditEvent } from "@skyput/server/audit";
import {
	archiveLimits,
	checksum,
	clamav,
	createObjectHandler,
	maxPixels,
	type Step,
	sniffType,
} from "@skyput/server/events";
import { type Backend, type BackendOptions, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Clamd, startClamd } from "../../../../tools/start-clamd.js";
import { replaceObject } from "../../../server/test/support/after-upload.js";
import { fromPath } from "../../src/node/files.js";
import { createClient } from "../../src/node/index.js";
import {
	clamdReads,
	malware,
	otherPicture,
	picture,
	type ScannedFile,
	scannedFiles,
	typeOf,
} from "./scanned-files.js";

/** Deliveries of each event, in any order. */
export const deliveries = 10;

export type Deliver = (message: unknown) => Promise<unknown>;

/** A storage whose events the cases receive. */
export interface ScannedStorage {
	/** Of `startBackend`. */
	readonly backend: Pick<BackendOptions, "storage" | "s3">;
	/** Sends the events of the object that is at a key; absent where the storage does so itself. */
	readonly notify?: ((backend: Backend, key: string) => Promise<void>) | undefined;
	/** Resolves when every event has been handled. */
	settled(): Promise<void>;
	close(): Promise<void>;
}

export interface ScanCaseOptions {
	/** Starts the storage. Its events go to `deliver`. */
	readonly start: (deliver: Deliver) => Promise<ScannedStorage>;
	/** Bytes of the sparse file. */
	readonly sparseSize: number;
	/** The storage compares no etag when it copies: what is looked at is a private copy. */
	readonly copiesFirst: boolean;
}

const quarantined = (uploadId: string): string => `.skyput/quarantine/${uploadId}`;

const typesOf = (events: readonly AuditEvent[], uploadId: string) =>
	events.filter((event) => event.uploadId === uploadId).map(({ type }) => type);

/** The whole chain on one storage: client, upload handler, events in disorder, steps with clamd, promotion. */
export function scanCases({ start, sparseSize, copiesFirst }: ScanCaseOptions): void {
	let clamd: Clamd;
	let storage: ScannedStorage;
	let backend: Backend;
	let handler: Deliver;
	let folder: string;
	/** The folder of one attempt of a test. */
	let attempt: string;
	/** Of the upload handler, and of the object handler. */
	const calls: AuditEvent[] = [];
	const ends: AuditEvent[] = [];
	const completed: string[] = [];
	/** Runs when a file is looked at, once, by the name that was asked for. */
	const duringLook = new Map<string, (key: string) => Promise<void>>();
	const names = new Map<string, string>();

	const uploads = defineUploads({
		"files/*path": {
			authorize: "public",
			quarantine: true,
			maxSize: "10 GB",
			// such a storage does not refuse to overwrite either
			key: copiesFirst ? ({ params }) => `files/${crypto.randomUUID()}/${params.path}` : undefined,
			onComplete: ({ uploadId }) => void completed.push(uploadId),
		},
	});

	const interfere: Step = async ({ uploadId = "" }) => {
		const name = names.get(uploadId) ?? "";
		const run = duringLook.get(name);
		duringLook.delete(name);
		await run?.(quarantined(uploadId));
		return { verdict: "clean" };
	};

	beforeAll(async () => {
		clamd = await startClamd({ MaxFileSize: `${clamdReads}` });
		folder = await mkdtemp(join(tmpdir(), "skyput-scanned-"));
		storage = await start((message) => handler(message));
		const outcomes = memoryOutcomes();
		const log = { error() {}, warn() {}, info() {} };
		const notified = new Set<string>();
		backend = await startBackend({
			uploads,
			...storage.backend,
			handler: {
				outcomes,
				log,
				audit: (event) => void calls.push(event),
				hooks: {
					async after({ operation, requestedKey = "" }, { uploadId = "", status }) {
						if (operation === "create") names.set(uploadId, basename(requestedKey));
						// the first complete that finds the object stored
						if (operation !== "complete" || status >= 300 || notified.has(uploadId)) return;
						notified.add(uploadId);
						await notify(uploadId);
					},
				},
			},
		});
		const { host, port } = clamd;
		handler = createObjectHandler({
			uploads,
			provider: backend.provider,
			steps: [
				interfere,
				sniffType(),
				maxPixels(),
				archiveLimits(),
				clamav({ host, port, maxAge: false, maxFileSize: clamdReads }),
				checksum(),
			],
			outcomes,
			audit: (event) => void ends.push(event),
			log,
		});
	});
	beforeEach(() => {
		attempt = crypto.randomUUID();
	});
	afterAll(async () => {
		await backend.close();
		await storage.close();
		await clamd.close();
		await rm(folder, { recursive: true });
	});

	const notify = async (uploadId: string): Promise<void> =>
		storage.notify?.(backend, quarantined(uploadId));

	const upload = (
		name: string,
		file: Parameters<ReturnType<typeof createClient>["uploadFile"]>[0],
	) =>
		createClient({ endpoint: backend.endpoint }).uploadFile(file, `files/${attempt}/${name}`, {
			contentType: typeOf(name),
		});

	/** Of the last create: the first may have asked for a digest. */
	const uploadIdOf = (name: string): string =>
		[...names].findLast(([, asked]) => asked === name)?.[0] ?? "";

	/** What readers of the bucket see of a file. */
	async function servedAs(name: string): Promise<readonly Buffer[]> {
		const found: Buffer[] = [];
		for await (const { key } of backend.provider.maintenance?.listObjects("files/") ?? []) {
			if (key.endsWith(`/${attempt}/${name}`))
				found.push(Buffer.from((await backend.read(key)) ?? []));
		}
		return found;
	}

	/** Uploads a file, and compares how it ended everywhere. */
	async function expectEnd({ name, content, end }: Omit<ScannedFile, "about">): Promise<void> {
		const sent = upload(name, content);
		const [state, why] = end.split(" ");
		const result = await sent.then(
			({ available, reason }) => (available ? "available" : `held ${reason}`),
			({ code, values }) => `${code} ${values?.reason}`,
		);
		expect(result).toBe(state === "available" ? state : end);
		await storage.settled();
		const uploadId = uploadIdOf(name);
		expect(await servedAs(name)).toEqual(state === "available" ? [content] : []);
		expect(await sent.status()).toEqual(
			{
				available: { state },
				rejected: { state, reason: why },
				held: { state: "pending", reason: why },
			}[state ?? ""],
		);
		expectTrail(uploadId, state ?? "");
		expect(ends.findLast((event) => event.uploadId === uploadId)).toMatchObject(
			state === "available" ? { verdict: "clean" } : { reason: why },
		);
	}

	/** Both handlers tell of one upload, each once. */
	function expectTrail(uploadId: string, state: string): void {
		expect(typesOf(ends, uploadId)).toEqual([state === "available" ? "promoted" : state]);
		const [first, ...others] = typesOf(calls, uploadId);
		expect(first).toBe("issued");
		const last = state === "rejected" ? "rejected" : "completed";
		expect(others.filter((type) => type !== "issued")).toEqual([last]);
		expect(completed.filter((id) => id === uploadId)).toHaveLength(state === "available" ? 1 : 0);
	}

	test.each(scannedFiles)("$about is $end", (file) => expectEnd(file));

	test("a picture that is replaced while it is looked at is served as it was seen", async () => {
		duringLook.set("swapped.png", async (key) => {
			await replaceObject(backend.provider, key, otherPicture);
			await notify(uploadIdOf("swapped.png"));
		});
		const { available } = await upload("swapped.png", picture);
		expect(available).toBe(true);
		await storage.settled();
		// a pinned copy fails, and the event of the second picture decides
		expect(await servedAs("swapped.png")).toEqual([copiesFirst ? picture : otherPicture]);
		expectTrail(uploadIdOf("swapped.png"), "available");
	});

	test("malware that takes the place of a picture while it is looked at is not served", async () => {
		duringLook.set("infected.png", async (key) => {
			await replaceObject(backend.provider, key, malware);
			await notify(uploadIdOf("infected.png"));
		});
		const ended = await upload("infected.png", picture).then(
			() => "available",
			({ code }) => code,
		);
		expect(ended).toBe(copiesFirst ? "available" : "rejected");
		await storage.settled();
		expect(await servedAs("infected.png")).toEqual(copiesFirst ? [picture] : []);
		expectTrail(uploadIdOf("infected.png"), ended);
	});

	test(`a sparse file of ${sparseSize / 1e9} GB, in parts, is held: it is beyond clamd's limits`, async () => {
		const path = join(folder, "sparse.bin");
		const file = await open(path, "w");
		await file.truncate(sparseSize);
		await file.close();
		const sent = upload("sparse.bin", fromPath(path));
		const { size, available, reason } = await sent;
		expect({ size, available, reason }).toEqual({
			size: sparseSize,
			available: false,
			reason: "scan-limit",
		});
		await storage.settled();
		expect(await servedAs("sparse.bin")).toEqual([]);
		expectTrail(uploadIdOf("sparse.bin"), "held");
	}, 900_000);
}

import type { ClientModule } from "../../src/client-types.js";
import { createCrc32 } from "../../src/digests/crc32.js";
import { UploadError } from "../../src/errors.js";
import type { UploadInput } from "../../src/public-types.js";
import type { ResumeStore } from "../../src/resume-store.js";

/** How often a byte of the body changes on its way: in the first attempt, or in every one. */
export const flips = ["once", "always"] as const;
export const scenarios = ["single", "parts", "stream", "resumed"] as const;

type Flip = (typeof flips)[number];
export type Scenario = (typeof scenarios)[number];

const mebibyte = 2 ** 20;
/** Bytes. Parts have 5 MiB, those of a stream 16 MiB; the second one gets the flipped byte, the third one breaks off. */
const sizes: Readonly<Record<Scenario, number>> = {
	single: 100_003,
	parts: 5 * mebibyte + 100_003,
	stream: 16 * mebibyte + 100_003,
	resumed: 10 * mebibyte + 100_003,
};

export const keyOf = (flip: Flip, scenario: Scenario): string => `any/${flip}-${scenario}`;

/** Failures in a row after which an attempt is the last one. A page cannot read what the proxy answers. */
export const retryLimit = 2;

/** One runtime with one storage. */
export interface IntegrityBench {
	readonly createClient: ClientModule["createClient"];
	readonly endpoint: string;
	/** The CRC32 of what is stored under a key; undefined where there is nothing. */
	readonly crcAt: (key: string) => Promise<number | undefined>;
}

/** By size, for all storages. */
const files = new Map<number, Uint8Array<ArrayBuffer>>();

function makeBytes(size: number): Uint8Array<ArrayBuffer> {
	const bytes = files.get(size) ?? new Uint8Array(size).map((_, i) => (i * 131) % 251);
	files.set(size, bytes);
	return bytes;
}

function crcOf(bytes: Uint8Array): number {
	const hasher = createCrc32();
	hasher.update(bytes);
	const digest = Uint8Array.from(atob(hasher.digest()), (char) => char.charCodeAt(0));
	return new DataView(digest.buffer).getUint32(0);
}

function memoryStore(): ResumeStore {
	const records = new Map<string, string>();
	return {
		get: async (id) => records.get(id),
		set: async (id, record) => void records.set(id, record),
		delete: async (id) => void records.delete(id),
	};
}

async function upload(
	{ createClient, endpoint }: IntegrityBench,
	key: string,
	scenario: Scenario,
	bytes: Uint8Array<ArrayBuffer>,
) {
	const client = createClient({ endpoint, retry: { limit: retryLimit, networkLimit: retryLimit } });
	const file = new File([bytes], "name");
	if (scenario === "single") return await client.uploadFile(file, key);
	if (scenario === "stream") {
		const stream: UploadInput = new ReadableStream({
			start(controller) {
				controller.enqueue(bytes);
				controller.close();
			},
		});
		return await client.uploadFile(stream, key);
	}
	const options = { multipartThreshold: 1, concurrency: 1, resume: memoryStore() };
	if (scenario === "resumed") {
		// its last part breaks off
		const first = client.uploadFile(file, key, options);
		await first.catch(() => {});
	}
	return await client.uploadFile(file, key, options);
}

/** Runs every scenario at once: "outcome once / outcome always" for each. */
export async function runScenarios(bench: IntegrityBench): Promise<string[]> {
	return await Promise.all(
		scenarios.map(async (scenario) => {
			const ends = flips.map((flip) => runScenario(bench, flip, scenario));
			return (await Promise.all(ends)).join(" / ");
		}),
	);
}

/** Uploads a file of which a byte changes on its way, and tells how that ends. */
async function runScenario(bench: IntegrityBench, flip: Flip, scenario: Scenario): Promise<string> {
	const key = keyOf(flip, scenario);
	const bytes = makeBytes(sizes[scenario]);
	try {
		const { verified, checksum } = await upload(bench, key, scenario, bytes);
		const isWhole = (await bench.crcAt(key)) === crcOf(bytes);
		if (verified) return isWhole ? "repaired" : "WRONG BYTES, VERIFIED";
		if (checksum) return "A CHECKSUM THAT NOBODY COMPARED";
		// a resumed upload may have sent the part again
		return "`verified: false`";
	} catch (error) {
		const isMismatch =
			error instanceof UploadError &&
			/^(checksum-mismatch|invalid-parts|storage-error)$/.test(error.code);
		return isMismatch ? "refused" : `refused: ${error}`;
	}
}

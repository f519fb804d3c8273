import type {
	Checksum,
	ChecksumAlgorithm,
	ProviderCapabilities,
	UploadError,
} from "@skyput/server/provider";
import { digestSet } from "../s3-server/digests.js";
import type { ReplayResponse } from "./provider-case.js";

/** Every digest that the contract knows. */
export const algorithms: readonly ChecksumAlgorithm[] = [
	"crc32",
	"crc32c",
	"crc64nvme",
	"sha256",
	"md5",
];

/** Pseudo-random bytes: a misplaced range never compares equal. */
export function pattern(size: number, seed = 1): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(size);
	let state = seed;
	for (let index = 0; index < size; index++) {
		state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
		bytes[index] = state >>> 24;
	}
	return bytes;
}

export function digest(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Checksum {
	const digests = digestSet([algorithm]);
	digests.update(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
	const value = digests.digest().get(algorithm) ?? Buffer.alloc(0);
	return { algorithm, value: value.toString("base64") };
}

/** The metadata entry of a response, whatever prefix and separators the storage has. */
export function metadataOf({ headers }: ReplayResponse, name: string): string | null {
	const wanted = `meta-${name.replaceAll("_", "-")}`;
	const found = [...headers].find(([header]) => header.replaceAll("_", "-").endsWith(wanted));
	return found?.[1] ?? null;
}

/** `"ok"` for 2xx, `"refused"` for 4xx: storages refuse with different statuses. */
export function verdict({ status }: ReplayResponse): string {
	if (status >= 200 && status < 300) return "ok";
	return status >= 400 && status < 500 ? "refused" : `status ${status}`;
}

/** `"ok"`, or the code of the `UploadError` that the provider threw. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
	try {
		await call;
		return "ok";
	} catch (error) {
		if (error instanceof Error && error.name === "UploadError") return (error as UploadError).code;
		throw error;
	}
}

/** A metadata name of two words that the storage can keep. */
export const madeBy = ({ metadataNames }: ProviderCapabilities): string =>
	metadataNames === "identifiers" ? "made_by" : "made-by";

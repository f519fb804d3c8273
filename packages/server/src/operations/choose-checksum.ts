import type { Checksum, ChecksumAlgorithm, CreateRequest } from "#protocol";
import type { ProviderCapabilities } from "../capabilities.js";

type ChecksumCapabilities = ProviderCapabilities["checksums"];

/** What verifies a single upload. */
export type SingleChecksum =
	| {
			/** The client computes this digest first. */
			readonly stage: "digest";
			readonly algorithm: ChecksumAlgorithm;
			readonly checksum?: undefined;
	  }
	| {
			/** Verified by the storage with the signed header, or by the server afterwards; absent: not verified. */
			readonly stage?: "signed" | "reported";
			readonly algorithm?: ChecksumAlgorithm;
			/** The digest to sign. */
			readonly checksum?: Checksum;
	  };

/**
 * Chooses what verifies a single upload: a signed digest, else the storage's own.
 *
 * @param request - `algorithms` are those that the client can compute, `checksums` those it has computed.
 */
export function chooseSingleChecksum(
	{ single, reported }: ChecksumCapabilities,
	request: Pick<CreateRequest, "algorithms" | "checksums" | "kinds">,
): SingleChecksum {
	const { algorithms = [], checksums = [], kinds } = request;
	const mayAsk = kinds.includes("digest");
	for (const stage of ["signed", "reported"] as const) {
		const accepted = stage === "signed" ? single : reported;
		const checksum = checksums.find(({ algorithm }) => accepted.includes(algorithm));
		if (checksum) {
			const { algorithm } = checksum;
			return stage === "signed" ? { algorithm, stage, checksum } : { algorithm, stage };
		}
		const algorithm = accepted.find((name) => algorithms.includes(name));
		if (algorithm && mayAsk) return { algorithm, stage: "digest" };
	}
	return {};
}

/** What verifies a multipart upload; empty where client and storage have no algorithm in common. */
export interface MultipartChecksum {
	readonly algorithm?: ChecksumAlgorithm;
	/**
	 * Verified by the storage at the commit, by the storage with every part, or by the server after the
	 * commit.
	 */
	readonly stage?: "object" | "part" | "reported";
}

/** Whether the digest of a whole can be computed from those of its parts. */
const isCombinable = (algorithm: ChecksumAlgorithm): boolean => algorithm.startsWith("crc");

/**
 * Chooses what verifies a multipart upload: a digest of the whole object, else of every part, else the
 * storage's own.
 *
 * @param algorithms - Those that the client can compute.
 */
export function chooseMultipartChecksum(
	checksums: ChecksumCapabilities,
	algorithms: readonly ChecksumAlgorithm[] = [],
): MultipartChecksum {
	for (const stage of ["object", "part", "reported"] as const) {
		const algorithm = checksums[stage].find(
			(name) => algorithms.includes(name) && (stage === "part" || isCombinable(name)),
		);
		if (algorithm) return { algorithm, stage };
	}
	return {};
}

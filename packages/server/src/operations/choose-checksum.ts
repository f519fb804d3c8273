import type { Checksum, ChecksumAlgorithm, CreateRequest } from "#protocol";
import type { ProviderCapabilities } from "../capabilities.js";
import { UploadError } from "../errors.js";

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

/** The error of a body that would go without the digest that the storage requires. */
const digestRequired = (accepted: readonly ChecksumAlgorithm[]): UploadError =>
	new UploadError(
		"unsupported",
		`The bucket requires a digest with every body, as Object Lock does (Content-MD5). Send one of: ${accepted.join(", ")}.`,
		{ values: { accepted: accepted.join(", ") } },
	);

/**
 * Chooses what verifies a single upload: a signed digest, else the storage's own.
 *
 * @param request - `algorithms` are those that the client can compute, `checksums` those it has computed.
 * @throws UploadError `unsupported` where the storage requires a digest and the client can send none.
 */
export function chooseSingleChecksum(
	{ single, reported, required = false }: ChecksumCapabilities,
	request: Pick<CreateRequest, "algorithms" | "checksums" | "kinds">,
): SingleChecksum {
	// a client that wants no checksum is asked for one all the same
	const { algorithms = required ? single : [], checksums = [], kinds } = request;
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
		if (required) throw digestRequired(single);
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
 * storage's own. Where the storage requires digests, every part has one.
 *
 * @param algorithms - Those that the client can compute.
 * @throws UploadError `unsupported` where the storage requires a digest and the client can send none.
 */
export function chooseMultipartChecksum(
	checksums: ChecksumCapabilities,
	algorithms: readonly ChecksumAlgorithm[] = checksums.required ? checksums.part : [],
): MultipartChecksum {
	const stages = checksums.required
		? (["part"] as const)
		: (["object", "part", "reported"] as const);
	for (const stage of stages) {
		const algorithm = checksums[stage].find(
			(name) => algorithms.includes(name) && (stage === "part" || isCombinable(name)),
		);
		if (algorithm) return { algorithm, stage };
	}
	if (checksums.required) throw digestRequired(checksums.part);
	return {};
}

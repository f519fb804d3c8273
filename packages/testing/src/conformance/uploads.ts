import type {
	Checksum,
	ChecksumAlgorithm,
	CommitPart,
	CommitSpec,
	CompleteOptions,
	MultipartRef,
	ObjectInfo,
	ObjectSpec,
	PartWindow,
	ProviderCapabilities,
	SignUploadOptions,
	UploadError,
} from "@skyput/server/provider";
import { digestSet } from "../s3-server/digests.js";
import type { ProviderContext, ReplayRequest, ReplayResponse } from "./provider-case.js";

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

/** How {@link signedPut} signs, beside what is stored. */
export type PutOptions = Partial<Omit<ObjectSpec, "key"> & SignUploadOptions>;

/** A signed PUT of `body`. */
export async function signedPut(
	{ provider }: ProviderContext,
	key: string,
	body: Uint8Array,
	{ expiresIn = 300, createOnly = false, checksum, ...spec }: PutOptions = {},
): Promise<ReplayRequest> {
	const required = provider.capabilities.checksums.required === true;
	const [algorithm = "md5"] = provider.capabilities.checksums.single;
	const signed = checksum ?? (required ? digest(algorithm, body) : undefined);
	const request = await provider.signUpload(
		{ key, size: body.length, ...spec },
		{ expiresIn, createOnly, ...(signed ? { checksum: signed } : {}) },
	);
	return { method: request.method, url: request.url, headers: request.headers, body };
}

/** Stores an object, in whatever way the storage has. */
export async function place(
	context: ProviderContext,
	key: string,
	body: Uint8Array,
	spec: Omit<PutOptions, "size"> = {},
): Promise<ObjectInfo> {
	if (bySingle(context.provider.capabilities)) {
		const answer = await context.send(await signedPut(context, key, body, spec));
		if (verdict(answer) !== "ok") throw new Error(`An object got status ${answer.status}`);
		const info = await context.provider.head(key);
		if (info) return info;
		throw new Error("An object was answered with success, and is not there");
	}
	const upload = { key, ...spec };
	const ref = await context.provider.createMultipart(
		{ ...upload, size: body.length },
		{ createOnly: false },
	);
	const file = {
		bytes: body,
		partSize: body.length,
		lastSize: body.length,
		// an empty file has no parts
		count: Math.min(body.length, 1),
		part: () => body,
	};
	const parts = await sendAll(context, ref, file);
	const options = { spec: { ...upload, size: body.length }, createOnly: false };
	return context.provider.completeMultipart(ref, parts, options);
}

/** Downloads an object by a signed GET. */
export async function readBack(context: ProviderContext, key: string): Promise<ReplayResponse> {
	const { method, url, headers } = await context.provider.signDownload(key, { expiresIn: 300 });
	return await context.send({ method, url, headers });
}

/** Which of the given bytes are stored: the name of the first that are equal, `nothing` or `other bytes`. */
export async function whatIsStored(
	context: ProviderContext,
	key: string,
	known: Readonly<Record<string, Uint8Array>>,
): Promise<string> {
	const { status, body } = await readBack(context, key);
	if (status === 404) return "nothing";
	const [name = "other bytes"] =
		Object.entries(known).find(([, bytes]) => Buffer.compare(bytes, body) === 0) ?? [];
	return name;
}

/** The metadata entry of a response, whatever prefix and separators the storage has. */
export function metadataOf({ headers }: ReplayResponse, name: string): string | null {
	const wanted = `meta-${name.replaceAll("_", "-")}`;
	const found = [...headers].find(([header]) => header.replaceAll("_", "-").endsWith(wanted));
	return found?.[1] ?? null;
}

/** A metadata name of two words that the storage can keep. */
export const madeBy = ({ metadataNames }: ProviderCapabilities): string =>
	metadataNames === "identifiers" ? "made_by" : "made-by";

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

/** The request for one part of a window. */
export function partRequest(
	window: PartWindow,
	partNumber: number,
	body: Uint8Array,
	digested: Uint8Array = body,
): ReplayRequest {
	const template = window.urls[partNumber % window.urls.length] ?? "";
	const url = template
		.replaceAll("{partNumber}", () => String(partNumber))
		.replaceAll("{value}", () => window.values[partNumber - window.first] ?? "");
	const { method, headers, partChecksum } = window;
	if (partChecksum === undefined) return { method, url, headers, body };
	const { algorithm, header } = partChecksum;
	// the client knows one encoding; a name for little-endian ones is spelt out by its provider
	const bytes = Buffer.from(digest(algorithm, digested).value, "base64");
	const isReversed = (partChecksum.encoding as string) !== "base64";
	const value = (isReversed ? bytes.reverse() : bytes).toString("base64");
	return { method, url, headers: { ...headers, [header]: value }, body };
}

/** A file in parts of the minimum size and a shorter last part. */
export interface PartedFile {
	readonly bytes: Uint8Array;
	readonly partSize: number;
	readonly lastSize: number;
	readonly count: number;
	part(partNumber: number): Uint8Array;
}

export function partedFile({ provider }: ProviderContext, count: number, seed = 1): PartedFile {
	const { multipart } = provider.capabilities;
	const partSize = multipart === false ? 1 : Math.max(multipart.minPartSize, 1024);
	const lastSize = 1000;
	const bytes = pattern(partSize * (count - 1) + lastSize, count + 10 * seed);
	return {
		bytes,
		partSize,
		lastSize,
		count,
		part: (partNumber) => bytes.subarray((partNumber - 1) * partSize, partNumber * partSize),
	};
}

/** Signs all parts of a file, with a digest each where the storage requires one. */
export function signAll(
	{ provider }: ProviderContext,
	ref: MultipartRef,
	{ count, partSize, lastSize }: Pick<PartedFile, "count" | "partSize" | "lastSize">,
	partChecksum?: ChecksumAlgorithm,
): Promise<PartWindow> {
	const { required, part } = provider.capabilities.checksums;
	return provider.signParts(
		ref,
		{ first: 1, count, partSize, lastSize },
		{ expiresIn: 300, partChecksum: partChecksum ?? (required ? part[0] : undefined) },
	);
}

/** Sends a part, and returns what the commit needs of it. */
export async function sendPart(
	context: ProviderContext,
	window: PartWindow,
	partNumber: number,
	body: Uint8Array,
): Promise<CommitPart> {
	const answer = await context.send(partRequest(window, partNumber, body));
	if (verdict(answer) !== "ok") throw new Error(`Part ${partNumber} got status ${answer.status}`);
	const { receiptHeader } = window;
	const receipt = receiptHeader === null ? "" : answer.headers.get(receiptHeader.toLowerCase());
	return { partNumber, receipt: receipt ?? "" };
}

/** Sends every part and returns them as the storage lists them, for `completeMultipart`. */
export async function sendAll(
	context: ProviderContext,
	ref: MultipartRef,
	file: PartedFile,
): Promise<readonly CommitPart[]> {
	const window = await signAll(context, ref, file);
	const sent: CommitPart[] = [];
	for (let partNumber = 1; partNumber <= file.count; partNumber++) {
		sent.push(await sendPart(context, window, partNumber, file.part(partNumber)));
	}
	const { multipart } = context.provider.capabilities;
	if (window.receiptHeader !== null || multipart === false || !multipart.listParts) return sent;
	const { parts } = await context.provider.listParts(ref, {});
	return parts.map(({ partNumber, receipt = "" }) => ({ partNumber, receipt }));
}

/** What a multipart upload of these cases stores. */
export const videoSpec = (key: string, size: number): CommitSpec => ({
	key,
	size,
	contentType: "video/mp4",
	uploadId: "stamp-of-the-upload",
});

/** Creates a multipart upload of unknown size. */
export function begin({ provider }: ProviderContext, key: string): Promise<MultipartRef> {
	return provider.createMultipart({ ...videoSpec(key, 0), size: null }, { createOnly: false });
}

/** How an upload of {@link begin} is completed. */
export function commitOptions(
	{ key }: MultipartRef,
	size: number,
	createOnly = false,
): CompleteOptions {
	return { spec: videoSpec(key, size), createOnly };
}

/** Whether small files are stored by one PUT. */
export const bySingle = ({ single }: ProviderCapabilities): boolean => single.maxSize >= 8192;

/** Applies to every storage with multipart uploads. */
export const inParts = ({ multipart }: ProviderCapabilities): boolean => multipart !== false;

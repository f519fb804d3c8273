import type {
	Checksum,
	ChecksumAlgorithm,
	CommitPart,
	CompleteOptions,
	MultipartRef,
	ObjectSpec,
	PartWindow,
	ProviderCapabilities,
	SignUploadOptions,
	UploadError,
} from "@skyput/server/provider";
import { digestSet } from "../s3-server/digests.js";
import type { ProviderContext, ReplayRequest, ReplayResponse } from "./provider-case.js";

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

/** A signed PUT of `body`. */
export async function signedPut(
	{ provider }: ProviderContext,
	key: string,
	body: Uint8Array,
	{
		expiresIn = 300,
		createOnly = false,
		checksum,
		...spec
	}: Partial<ObjectSpec & SignUploadOptions> = {},
): Promise<ReplayRequest> {
	const request = await provider.signUpload(
		{ key, size: body.length, ...spec },
		{ expiresIn, createOnly, ...(checksum ? { checksum } : {}) },
	);
	return { method: request.method, url: request.url, headers: request.headers, body };
}

/** Downloads an object by a signed GET. */
export async function readBack(context: ProviderContext, key: string): Promise<ReplayResponse> {
	const { method, url, headers } = await context.provider.signDownload(key, { expiresIn: 300 });
	return await context.send({ method, url, headers });
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

/** Whether two byte arrays are equal. */
export const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** The request for one part of a window. */
export function partRequest(
	window: PartWindow,
	partNumber: number,
	body: Uint8Array,
	value: string | undefined = window.values[partNumber - window.first],
): ReplayRequest {
	const template = window.urls[partNumber % window.urls.length] ?? "";
	const url = template
		.replaceAll("{partNumber}", () => String(partNumber))
		.replaceAll("{value}", () => value ?? "");
	const { method, headers, partChecksum } = window;
	if (partChecksum === undefined) return { method, url, headers, body };
	const checksum = digest(partChecksum.algorithm, body).value;
	return { method, url, headers: { ...headers, [partChecksum.header]: checksum }, body };
}

/** A file in parts of the minimum size and a shorter last part. */
export interface PartedFile {
	readonly bytes: Uint8Array;
	readonly partSize: number;
	readonly lastSize: number;
	readonly count: number;
	part(partNumber: number): Uint8Array;
}

export function partedFile({ provider }: ProviderContext, count: number): PartedFile {
	const { multipart } = provider.capabilities;
	const partSize = multipart === false ? 1 : Math.max(multipart.minPartSize, 1024);
	const lastSize = 1000;
	const bytes = pattern(partSize * (count - 1) + lastSize, count);
	return {
		bytes,
		partSize,
		lastSize,
		count,
		part: (partNumber) => bytes.subarray((partNumber - 1) * partSize, partNumber * partSize),
	};
}

export function signAll(
	{ provider }: ProviderContext,
	ref: MultipartRef,
	{ count, partSize, lastSize }: PartedFile,
): Promise<PartWindow> {
	return provider.signParts(ref, { first: 1, count, partSize, lastSize }, { expiresIn: 300 });
}

/** Sends every part and returns them for `completeMultipart`. */
export async function sendAll(
	context: ProviderContext,
	ref: MultipartRef,
	file: PartedFile,
): Promise<readonly CommitPart[]> {
	const window = await signAll(context, ref, file);
	const sent: CommitPart[] = [];
	for (let partNumber = 1; partNumber <= file.count; partNumber++) {
		const answer = await context.send(partRequest(window, partNumber, file.part(partNumber)));
		if (verdict(answer) !== "ok") throw new Error(`Part ${partNumber}: ${answer.status}`);
		const { receiptHeader } = window;
		const receipt = receiptHeader === null ? "" : answer.headers.get(receiptHeader.toLowerCase());
		sent.push({ partNumber, receipt: receipt ?? "" });
	}
	return sent;
}

/** Whether an object exists. */
export async function stored({ provider }: ProviderContext, key: string): Promise<string> {
	return (await provider.head(key)) === null ? "nothing stored" : "something stored";
}

/** Creates a multipart upload of unknown size. */
export function begin({ provider }: ProviderContext, key: string): Promise<MultipartRef> {
	return provider.createMultipart({ ...videoSpec(key), size: null }, { createOnly: false });
}

const videoSpec = (key: string) => ({
	key,
	contentType: "video/mp4",
	uploadId: "stamp-of-the-upload",
});

/** How an upload of {@link begin} is completed. */
export function commitOptions(
	{ key }: MultipartRef,
	size: number,
	createOnly = false,
): CompleteOptions {
	return { spec: { ...videoSpec(key), size }, createOnly };
}

/** Applies to every storage with multipart uploads. */
export const inParts = ({ multipart }: ProviderCapabilities): boolean => multipart !== false;

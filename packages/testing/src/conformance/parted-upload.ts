import type {
	ChecksumAlgorithm,
	CommitPart,
	CommitSpec,
	CompleteOptions,
	MultipartRef,
	PartWindow,
	ProviderCapabilities,
} from "@skyput/server/provider";
import { digest, pattern, verdict } from "./material.js";
import type { ProviderContext, ReplayRequest } from "./provider-case.js";

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

/** Applies to every storage with multipart uploads. */
export const inParts = ({ multipart }: ProviderCapabilities): boolean => multipart !== false;

import { type PartsReply, type PartsRequest, type PartWindow, sizeOfPart } from "#protocol";
import { UploadError } from "../errors.js";
import type { PresignProvider } from "../provider.js";
import { type SealedUpload, tokenLife } from "../token.js";
import { checkSize } from "../uploads/authorize-upload.js";
import type { CompiledRule } from "../uploads/compile-rule.js";
import type { Principal } from "../uploads/rule.js";
import {
	multipartRef,
	type OpenUpload,
	type OperationContext,
	openUpload,
	requireSealer,
} from "./open-upload.js";

/** Parts in one answer: 1,000 signatures stay under 100 kB. Where each costs a call, a handful. */
const mostParts = { local: 1000, remote: 8 };

/** A sealed part size is always there in multipart uploads. */
export function partSizeOf(upload: SealedUpload): number {
	if (upload.partSize !== undefined) return upload.partSize;
	throw new UploadError("invalid-request", "This upload goes in one request; it has no parts.");
}

/** The number of full parts that an upload of unknown length may have within rule and storage. */
function fullParts(upload: SealedUpload, rule: CompiledRule, provider: PresignProvider): number {
	const limits = provider.capabilities.multipart;
	if (limits === false) return 0;
	const bytes = Math.min(rule.maxSize ?? limits.maxObjectSize, limits.maxObjectSize);
	return Math.min(limits.maxParts, Math.floor(bytes / partSizeOf(upload)));
}

const beyond = (partNumber: number, last: number): UploadError =>
	new UploadError("invalid-request", `There is no part ${partNumber}; the last one is ${last}.`, {
		errors: [{ field: "first", detail: `Must be at most ${last}.` }],
	});

/** The short last part of an upload whose length became known with it. */
function lastOfUnknown(
	upload: SealedUpload,
	rule: CompiledRule,
	provider: PresignProvider,
	first: number,
	lastSize: number,
): number {
	const partSize = partSizeOf(upload);
	if (lastSize > partSize) {
		throw new UploadError("invalid-size", `lastSize is larger than a part (${partSize} bytes).`);
	}
	const total = (first - 1) * partSize + lastSize;
	checkSize(total, rule);
	const limits = provider.capabilities.multipart;
	if (limits === false || first > limits.maxParts || total > limits.maxObjectSize) {
		throw new UploadError("too-large", "The file is larger than the storage takes.");
	}
	return first;
}

/**
 * Signs parts with their exact sizes; fewer than asked where an answer would grow too long or the file
 * ends.
 */
export async function signWindow(
	provider: PresignProvider,
	rule: CompiledRule,
	upload: SealedUpload,
	asked: { readonly first: number; readonly count: number; readonly lastSize?: number },
): Promise<PartWindow> {
	const { first, lastSize } = asked;
	const partSize = partSizeOf(upload);
	const { size } = upload;
	if (size !== null && lastSize !== undefined) {
		throw new UploadError("invalid-request", "lastSize is for uploads that began without a size.");
	}
	const last =
		size !== null
			? Math.ceil(size / partSize)
			: lastSize !== undefined
				? lastOfUnknown(upload, rule, provider, first, lastSize)
				: fullParts(upload, rule, provider);
	// at the begin of an unknown length, less than one full part may be allowed: an empty window
	if (first > last && first > 1) throw size === null ? tooLong(rule) : beyond(first, last);
	const most = mostParts[provider.capabilities.signing.cost];
	const count = Math.max(0, Math.min(asked.count, most, last - first + 1));
	const ending = first + count - 1;
	const endSize = size === null ? lastSize : sizeOfPart(ending, size, partSize);
	const range = { first, count, partSize, ...(endSize === undefined ? {} : { lastSize: endSize }) };
	return provider.signParts(multipartRef(upload), range, { expiresIn: rule.expiresIn });
}

function tooLong(rule: CompiledRule): UploadError {
	try {
		checkSize(Number.MAX_SAFE_INTEGER, rule);
	} catch (error) {
		if (error instanceof UploadError) return error;
	}
	return new UploadError("too-large", "The file is larger than the storage takes.");
}

/** A new token for one that is past half its life. */
export function freshToken(
	context: OperationContext,
	open: OpenUpload,
): { readonly token?: string } {
	const left = open.expiry - Date.now() / 1000;
	return left < tokenLife / 2 ? { token: requireSealer(context).seal(open.upload) } : {};
}

/** `POST {base}/parts`: signs more parts. */
export async function signParts(
	context: OperationContext,
	request: PartsRequest,
	principal: Principal | null,
): Promise<PartsReply> {
	const open = await openUpload(context, request.token, principal, "parts");
	const window = await signWindow(context.provider, open.rule, open.upload, request);
	if (window.count === 0) throw tooLong(open.rule);
	return { ...window, ...freshToken(context, open) };
}

import { type PartWindow, sizeOfPart } from "#protocol";
import { UploadError } from "../errors.js";
import type { PresignProvider } from "../provider.js";
import type { SealedUpload } from "../token.js";
import type { CompiledRule } from "../uploads/compile-rule.js";
import { checkSize, tooLarge } from "../uploads/size.js";
import { multipartRef, partSizeOf } from "./open-upload.js";

/** The upload to sign parts for. */
interface Upload {
	readonly provider: PresignProvider;
	readonly rule: CompiledRule;
	readonly upload: SealedUpload;
}

/** The parts that a client asks for. */
interface RequestedParts {
	readonly first: number;
	readonly count: number;
	/** Bytes of the last part, where the upload began without a size. */
	readonly lastSize?: number | undefined;
	/** Index of the one host name to sign for. */
	readonly host?: number | undefined;
}

/** The number of full parts that an upload of unknown length may have within rule and storage. */
function maxFullParts({ upload, rule, provider }: Upload): number {
	const limits = provider.capabilities.multipart;
	if (limits === false) return 0;
	const bytes = Math.min(rule.maxSize ?? limits.maxObjectSize, limits.maxObjectSize);
	return Math.min(limits.maxParts, Math.floor(bytes / partSizeOf(upload)));
}

/** Checks the short last part of an upload whose length became known with it. */
function checkLastPart({ upload, rule, provider }: Upload, first: number, lastSize: number): void {
	const partSize = partSizeOf(upload);
	if (lastSize > partSize) {
		throw new UploadError("invalid-size", `lastSize is larger than a part (${partSize} bytes).`, {
			values: { name: "lastSize", size: lastSize, limit: partSize },
		});
	}
	const total = (first - 1) * partSize + lastSize;
	checkSize(total, { maxSize: rule.maxSize });
	const limits = provider.capabilities.multipart;
	if (limits === false || first > limits.maxParts || total > limits.maxObjectSize) {
		throw tooLarge(total, limits === false ? 0 : limits.maxObjectSize);
	}
}

/** The number of the last part that may be signed now. */
function lastPartOf(signed: Upload, { first, lastSize }: RequestedParts): number {
	const { size } = signed.upload;
	if (size === null) {
		if (lastSize === undefined) return maxFullParts(signed);
		checkLastPart(signed, first, lastSize);
		return first;
	}
	if (lastSize === undefined) return Math.ceil(size / partSizeOf(signed.upload));
	throw new UploadError("invalid-request", "lastSize is for uploads that began without a size.");
}

/**
 * Signs parts with their exact sizes: fewer than requested where the reply would grow too long or the
 * file ends.
 *
 * @throws UploadError `invalid-request`, `invalid-size`, `too-large`.
 */
export async function signWindow(signed: Upload, requested: RequestedParts): Promise<PartWindow> {
	const { provider, rule, upload } = signed;
	const { first, lastSize } = requested;
	const { size } = upload;
	const partSize = partSizeOf(upload);
	const last = lastPartOf(signed, requested);
	// the first window of an unknown length is empty if less than one full part is allowed
	if (first > last && first > 1) {
		if (size === null) throw tooLarge(null, rule.maxSize);
		throw new UploadError("invalid-request", `There is no part ${first}; the last is ${last}.`, {
			errors: [{ field: "first", detail: `Must be at most ${last}.` }],
			values: { name: "first", partNumber: first, limit: last },
		});
	}
	const { maxWindow } = provider.capabilities.signing;
	const count = Math.max(0, Math.min(requested.count, maxWindow, last - first + 1));
	const sizeOfLast = size === null ? lastSize : sizeOfPart(first + count - 1, size, partSize);
	const range = { first, count, partSize, lastSize: sizeOfLast };
	return provider.signParts(multipartRef(upload), range, {
		expiresIn: rule.expiresIn,
		host: requested.host,
		partChecksum: upload.stage === "part" ? upload.algorithm : undefined,
	});
}

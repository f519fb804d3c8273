import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { type Checksum, type ChecksumAlgorithm, partUrl } from "#protocol";
import { UploadError } from "../../errors.js";
import type { CommitPart, CompleteOptions, MultipartRef } from "../../multipart-upload.js";
import type { ObjectInfo } from "../../object-spec.js";
import type { PresignProvider } from "../../provider.js";

/** Bytes of a part that is not the last. */
export const fullPart: number = 5 * 2 ** 20;

/** How {@link Prober.put} signs, and what it sends instead. */
interface PutOptions {
	readonly createOnly?: boolean;
	readonly checksum?: Checksum;
	/** What is sent instead of the signed body. */
	readonly instead?: string;
	/** Headers beside the signed ones. */
	readonly unsigned?: Readonly<Record<string, string>>;
}

/** Whether a request was refused; other failures than a refusal end the probe. */
export type ProbeAnswer = "ok" | "refused";

/** The requests of a probe, to one bucket. */
export interface Prober {
	put(key: string, body: string, options?: PutOptions): Promise<ProbeAnswer>;
	/** Uploads parts and commits them. */
	upload(key: string, parts: readonly Buffer[], options?: UploadOptions): Promise<ProbeAnswer>;
	read(key: string): Promise<string | null>;
	found(key: string): Promise<ObjectInfo>;
	/** Seconds by which this clock is ahead of the storage's. */
	readonly skew: number | undefined;
}

interface UploadOptions extends Partial<Pick<CompleteOptions, "createOnly" | "checksum">> {
	/** The storage must list the parts as they were sent. */
	readonly listed?: boolean;
	/** Sent as part 1 after the commit, by a URL as valid as the first one. */
	readonly late?: Buffer;
	/** Total that is declared instead of the true one. */
	readonly declared?: number;
	/** Digest that a part is sent with. */
	readonly partChecksum?: { readonly algorithm: ChecksumAlgorithm; readonly of: Buffer };
	/** Called when all parts are sent. */
	readonly beforeCommit?: (ref: MultipartRef, commit: readonly CommitPart[]) => Promise<void>;
}

// an answer of the storage, not of a network in between
const isRefusal = (error: unknown): boolean =>
	error instanceof UploadError && !error.retryable && error.code !== "forbidden";

/** Runs a call. @throws any failure that is no refusal */
export async function answerOf(call: Promise<unknown>): Promise<ProbeAnswer> {
	try {
		await call;
		return "ok";
	} catch (error) {
		if (isRefusal(error)) return "refused";
		throw error;
	}
}

/** Digest of a body, for the algorithms that Node has. */
export function digestOf(algorithm: ChecksumAlgorithm, body: Buffer): Checksum | undefined {
	if (algorithm === "md5" || algorithm === "sha256") {
		return { algorithm, value: createHash(algorithm).update(body).digest("base64") };
	}
	if (algorithm !== "crc32") return undefined;
	const value = Buffer.alloc(4);
	value.writeUInt32BE(crc32(body));
	return { algorithm, value: value.toString("base64") };
}

/**
 * Sends a request to the storage. It is not repeated: the answer to a second one may differ.
 *
 * @throws UploadError `storage-unavailable` where no answer comes.
 */
export async function fetchOnce(url: string, init: RequestInit): Promise<Response> {
	try {
		return await fetch(url, { ...init, redirect: "manual" });
	} catch (cause) {
		const message = `The connection to ${new URL(url).host} failed before the storage answered. Try again.`;
		throw new UploadError("storage-unavailable", message, { cause, retryAfter: 1 });
	}
}

/**
 * Makes the requests of a probe.
 *
 * @param provider - One that signs everything.
 * @param options - With `digests` every body carries one.
 */
export function proberOf(
	provider: PresignProvider,
	{ digests = false }: { readonly digests?: boolean } = {},
): Prober {
	let skew: number | undefined;
	const expiresIn = 300;

	async function send(url: string, init: RequestInit): Promise<Response> {
		const response = await fetchOnce(url, init);
		const seconds = (Date.now() - Date.parse(response.headers.get("date") ?? "")) / 1_000;
		if (!Number.isNaN(seconds)) skew = Math.round(seconds);
		if (response.status < 500 && response.status !== 429 && response.status !== 408)
			return response;
		// 501 refuses a header that the service does not know
		if (response.status === 501) return response;
		await response.body?.cancel();
		const message = `The storage answered ${response.status}.`;
		throw new UploadError("storage-unavailable", message, { retryAfter: 1 });
	}

	async function sendPart(
		ref: MultipartRef,
		partNumber: number,
		body: Buffer,
		partChecksum: UploadOptions["partChecksum"],
	): Promise<CommitPart> {
		const range = { first: partNumber, count: 1, partSize: body.length };
		const algorithm = partChecksum?.algorithm;
		const window = await provider.signParts(ref, range, { expiresIn, partChecksum: algorithm });
		const url = partUrl(window, partNumber);
		const digest = partChecksum && digestOf(partChecksum.algorithm, partChecksum.of);
		const name = window.partChecksum?.header;
		const headers: Record<string, string> = name && digest ? { [name]: digest.value } : {};
		const response = await send(url, { method: "PUT", headers, body: new Uint8Array(body) });
		await response.body?.cancel();
		const receipt = response.headers.get("etag") ?? "";
		if (response.ok && receipt) return { partNumber, receipt };
		throw new UploadError("invalid-parts", "The storage refused a part.");
	}

	/** Throws unless the storage lists the parts as they were sent. */
	async function compareList(
		ref: MultipartRef,
		sent: readonly CommitPart[],
		bodies: readonly Buffer[],
	): Promise<void> {
		const { parts } = await provider.listParts(ref, {});
		const isSame = ({ partNumber, receipt }: CommitPart, index: number): boolean =>
			parts[index]?.partNumber === partNumber &&
			parts[index]?.size === bodies[index]?.length &&
			parts[index]?.receipt?.replaceAll('"', "") === receipt.replaceAll('"', "");
		if (parts.length === sent.length && sent.every(isSame)) return;
		throw new UploadError("invalid-parts", "The storage lists other parts than were sent.");
	}

	async function read(key: string): Promise<string | null> {
		const response = await send((await provider.signDownload(key, { expiresIn })).url, {});
		const text = await response.text();
		return response.ok ? text : null;
	}

	return {
		get skew() {
			return skew;
		},
		async put(key, body, { createOnly = false, checksum, instead = body, unsigned } = {}) {
			const spec = { key, size: Buffer.byteLength(body), contentType: "text/plain" };
			const own = digests ? digestOf("md5", Buffer.from(instead)) : undefined;
			const options = { expiresIn, createOnly, checksum: checksum ?? own };
			const signed = await provider.signUpload(spec, options);
			const headers = { ...signed.headers, ...unsigned };
			const response = await send(signed.url, { method: "PUT", headers, body: instead });
			await response.body?.cancel();
			return response.ok ? "ok" : "refused";
		},
		async upload(key, parts, options = {}) {
			const {
				createOnly = false,
				checksum,
				partChecksum,
				declared,
				listed = false,
				late,
			} = options;
			const total = parts.reduce((sum, { length }) => sum + length, 0);
			const spec = { key, size: declared ?? total };
			const ref = await provider.createMultipart(spec, {
				createOnly,
				checksum: checksum?.algorithm,
			});
			try {
				const commit: CommitPart[] = [];
				for (const [index, body] of parts.entries()) {
					const own = digests ? ({ algorithm: "md5", of: body } as const) : undefined;
					commit.push(await sendPart(ref, index + 1, body, partChecksum ?? own));
				}
				if (listed) await compareList(ref, commit, parts);
				await options.beforeCommit?.(ref, commit);
				await provider.completeMultipart(ref, commit, { spec, createOnly, checksum });
				if (late) await answerOf(sendPart(ref, 1, late, undefined));
				return "ok";
			} catch (error) {
				await provider.abortMultipart(ref).catch(() => undefined);
				if (isRefusal(error)) return "refused";
				throw error;
			}
		},
		read,
		async found(key) {
			const info = await provider.head(key);
			if (info) return info;
			throw new UploadError("storage-error", `The storage took ${key}, and does not have it.`);
		},
	};
}

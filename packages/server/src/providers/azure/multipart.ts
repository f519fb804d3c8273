import type { Checksum, ChecksumAlgorithm } from "#protocol";
import { hasCode, UploadError } from "../../errors.js";
import type { CommitPart, CompleteOptions, MultipartRef } from "../../multipart-upload.js";
import type { ObjectInfo } from "../../object-spec.js";
import type { PresignProvider } from "../../provider.js";
import { requireList } from "../foreign-answers.js";
import {
	blockListBody,
	blockNumber,
	isJoined,
	newUploadId,
	readBlockList,
	stageOf,
} from "./block-list.js";
import type { StorageCalls } from "./calls.js";
import type { StorageAction } from "./errors.js";
import { objectHeaders } from "./objects.js";
import { copyOnServer } from "./server-copy.js";
import { blobPath } from "./signer.js";

/** The control calls on multipart uploads. */
export type MultipartCalls = Pick<
	PresignProvider,
	"createMultipart" | "listParts" | "completeMultipart" | "abortMultipart"
>;

const completing = "complete the upload";

/** Parts in one page: an answer of the handler is at most 1 MB. */
const pageSize = 10_000;

/** Makes the multipart calls. */
export function multipartCalls(calls: StorageCalls, head: PresignProvider["head"]): MultipartCalls {
	/** Commits that run, by upload: a call that is repeated meanwhile waits for the same one. */
	const running = new Map<string, Promise<ObjectInfo>>();

	/** What is sent and joined, in XML; empty before the first block and after the commit. */
	const readBlocks = async (ref: MultipartRef): Promise<string> => {
		try {
			const { text } = await calls.send("list the parts", {
				method: "GET",
				key: stageOf(ref),
				permissions: "r",
				query: "&comp=blocklist&blocklisttype=all",
			});
			requireList(text, "BlockList", "list the parts");
			return text;
		} catch (error) {
			if (hasCode(error, "not-found")) return "";
			throw error;
		}
	};

	const putBlockList = async (
		action: StorageAction,
		ref: MultipartRef,
		names: readonly string[],
		ifNoneMatch?: "*",
	): Promise<void> => {
		await calls.send(action, {
			method: "PUT",
			key: stageOf(ref),
			permissions: "w",
			query: "&comp=blocklist",
			headers: { "if-none-match": ifNoneMatch },
			body: blockListBody(names),
		});
	};

	const discard = async (action: StorageAction, ref: MultipartRef): Promise<void> => {
		await calls.send(action, {
			method: "DELETE",
			key: stageOf(ref),
			permissions: "d",
			headers: { "x-ms-delete-snapshots": "include" },
		});
	};

	/** Discards blocks that are not joined. */
	const discardBlocks = async (action: StorageAction, ref: MultipartRef): Promise<void> => {
		await putBlockList(action, ref, []).catch((error: unknown) => {
			// a holder of the URL has made a blob of another kind, which has no blocks
			if (!hasCode(error, "invalid-parts")) throw error;
		});
	};

	/** Ends a lease, with which a holder of the URL would keep the blob for ever. */
	const breakLease = async (action: StorageAction, ref: MultipartRef): Promise<void> => {
		await calls.send(action, {
			method: "PUT",
			key: stageOf(ref),
			permissions: "w",
			query: "&comp=lease",
			headers: { "x-ms-lease-action": "break", "x-ms-lease-break-period": "0" },
			body: "",
		});
	};

	/** Discards what was sent, joined or not. */
	const discardAll = async (action: StorageAction, ref: MultipartRef): Promise<void> => {
		// uncommitted blocks cost money for a week; an empty list discards them at once
		await discardBlocks(action, ref).catch(async (error: unknown) => {
			if (!hasCode(error, "conflict")) throw error;
			// without a lease, the conflict has another cause, which the second attempt tells
			await breakLease(action, ref).catch(() => {});
			await discardBlocks(action, ref);
		});
		await discard(action, ref).catch((error: unknown) => {
			// another call discards it too
			if (!hasCode(error, "not-found")) throw error;
		});
	};

	/** Joins the blocks where they were sent, unless another server has done so and copies them already. */
	const joinBlocks = async (ref: MultipartRef, names: readonly string[]): Promise<void> => {
		try {
			await putBlockList(completing, ref, names, "*").catch(async (error: unknown) => {
				if (!hasCode(error, "already-exists")) throw error;
				if (isJoined(await readBlocks(ref), names)) return;
				await putBlockList(completing, ref, names);
			});
		} catch (error) {
			const isGone = hasCode(error, "invalid-parts") && (await readBlocks(ref)) === "";
			throw isGone ? uploadGone(error) : error;
		}
	};

	/** @returns The etag of the joined blocks. @throws UploadError `invalid-parts`, `upload-not-found`. */
	const joined = async (
		ref: MultipartRef,
		parts: readonly CommitPart[],
		size: number,
	): Promise<string> => {
		const numbers = parts.map(({ partNumber }) => partNumber).sort((a, b) => a - b);
		await joinBlocks(ref, numbers.map(blockNumber));
		// a block may have been replaced by another after it was listed
		const info = await head(stageOf(ref));
		if (info === null) throw uploadGone();
		if (info.size === size && info.etag) return info.etag;
		throw new UploadError("invalid-parts", "A part was replaced while the upload was completed.");
	};

	const commit = async (
		ref: MultipartRef,
		parts: readonly CommitPart[],
		{ spec, createOnly, checksum }: CompleteOptions,
	): Promise<ObjectInfo> => {
		const { size } = spec;
		if (parts.some(({ receipt }) => receipt !== "")) {
			throw new UploadError("invalid-parts", "This storage has no receipts of parts.");
		}
		// the commit would find out too, after all bytes were copied
		if (createOnly && (await head(ref.key))) {
			throw new UploadError("already-exists", "An object with this key exists.");
		}
		let value = "";
		const etag = await copyOnServer(calls, completing, {
			source: { key: stageOf(ref), size, etag: size === 0 ? "" : await joined(ref, parts, size) },
			target: ref.key,
			createOnly,
			headers(crc64) {
				compare(crc64, checksum);
				value = crc64;
				return objectHeaders(spec, crc64);
			},
		}).catch((error: unknown) => {
			// another server has committed them meanwhile
			throw hasCode(error, "not-found") ? uploadGone(error) : error;
		});
		if (size > 0) await discard(completing, ref).catch(() => undefined);
		return { key: ref.key, size, etag, checksums: [{ algorithm: "crc64nvme", value }] };
	};

	return {
		async createMultipart(spec, { checksum }) {
			requireChecksum(checksum);
			// refuse what could not be stored at the commit
			blobPath(spec.key);
			objectHeaders(spec, "");
			return { key: spec.key, id: newUploadId() };
		},

		async listParts(ref, { after = 0 }) {
			const stored = readBlockList(await readBlocks(ref));
			const all = stored.filter(({ partNumber }) => partNumber > after);
			const parts = all.slice(0, pageSize);
			const next = parts.length < all.length ? parts.at(-1)?.partNumber : undefined;
			return { parts, ...(next === undefined ? {} : { next }) };
		},

		async completeMultipart(ref, parts, options) {
			requireChecksum(options.checksum?.algorithm);
			const work =
				running.get(ref.id) ??
				commit(ref, parts, options)
					.catch(async (error: unknown) => {
						// also where the object is this upload's, and the answer to its commit was lost
						if (hasCode(error, "already-exists")) {
							await discardAll(completing, ref).catch(() => undefined);
						}
						throw error;
					})
					.finally(() => running.delete(ref.id));
			running.set(ref.id, work);
			const info = await work;
			// the commit may be another call's, which came with another digest
			compare(info.checksums[0]?.value, options.checksum);
			return info;
		},

		abortMultipart: (ref) => discardAll("abort the upload", ref),
	};
}

function compare(stored: string | undefined, wanted: Checksum | undefined): void {
	if (wanted === undefined || wanted.value === stored) return;
	throw new UploadError("checksum-mismatch", "The stored bytes do not match their checksum.");
}

function requireChecksum(algorithm: ChecksumAlgorithm | undefined): void {
	if (algorithm === undefined || algorithm === "crc64nvme") return;
	throw new UploadError(
		"unsupported",
		`The storage does not verify ${algorithm} of a whole object.`,
		{ values: { algorithm } },
	);
}

function uploadGone(cause?: unknown): UploadError {
	return new UploadError(
		"upload-not-found",
		"The storage has no such upload: it was completed, aborted, or has expired.",
		{ cause },
	);
}

import type { ChecksumAlgorithm } from "#protocol";
import { UploadError } from "../../errors.js";
import type { ObjectInfo } from "../../object-spec.js";
import type { CommitPart, CompleteOptions, MultipartRef, PresignProvider } from "../../provider.js";
import { blockListBody, blockNumber, readBlockList, stageOf } from "./block-list.js";
import type { StorageCall, StorageCalls } from "./calls.js";
import type { StorageAction } from "./errors.js";
import { objectHeaders } from "./objects.js";
import { copyOnServer, newName } from "./server-copy.js";

/** The control calls on multipart uploads. */
export type MultipartCalls = Pick<
	PresignProvider,
	"createMultipart" | "listParts" | "completeMultipart" | "abortMultipart"
>;

/** Parts in one page: an answer of the handler is at most 1 MB. */
const pageSize = 10_000;

/** Makes the multipart calls. */
export function multipartCalls(calls: StorageCalls, head: PresignProvider["head"]): MultipartCalls {
	/** Commits that run, by upload: a call that is repeated meanwhile waits for the same one. */
	const running = new Map<string, Promise<ObjectInfo>>();

	const putBlockList = (
		action: StorageAction,
		key: string,
		names: readonly string[],
	): Promise<Response> =>
		calls.send(action, {
			method: "PUT",
			key,
			permissions: "w",
			query: "&comp=blocklist",
			body: blockListBody(names),
		});

	const discard = async (action: StorageAction, ref: MultipartRef): Promise<void> => {
		const call: StorageCall = {
			method: "DELETE",
			key: stageOf(ref),
			permissions: "d",
			headers: { "x-ms-delete-snapshots": "include" },
		};
		await calls.send(action, call);
	};

	/** Joins the blocks where they were sent. @throws UploadError `invalid-parts`, `upload-not-found`. */
	const joinBlocks = async (
		ref: MultipartRef,
		parts: readonly CommitPart[],
		size: number,
	): Promise<string> => {
		const key = stageOf(ref);
		const numbers = parts.map(({ partNumber }) => partNumber).sort((a, b) => a - b);
		let etag: string;
		try {
			const { headers } = await putBlockList(action, key, numbers.map(blockNumber));
			etag = headers.get("etag") ?? "";
		} catch (error) {
			const isGone = error instanceof UploadError && error.code === "invalid-parts";
			if (isGone && (await listBlocks(ref)).length === 0) throw uploadGone(error);
			throw error;
		}
		// a block may have been replaced by another after it was listed
		const joined = await head(key);
		if (joined?.etag === etag && joined.size === size) return etag;
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
		const etag = size === 0 ? "" : await joinBlocks(ref, parts, size);
		let value = "";
		const stored = await copyOnServer(calls, action, {
			source: { key: stageOf(ref), size, etag },
			target: ref.key,
			name: ref.id,
			createOnly,
			headers(crc64) {
				if (checksum && checksum.value !== crc64) {
					throw new UploadError(
						"checksum-mismatch",
						"The stored bytes do not match their checksum.",
					);
				}
				value = crc64;
				return objectHeaders(spec, crc64);
			},
		});
		if (size > 0) await discard(action, ref).catch(() => undefined);
		return { key: ref.key, size, etag: stored, checksums: [{ algorithm: "crc64nvme", value }] };
	};

	const listBlocks = async (ref: MultipartRef): Promise<ReturnType<typeof readBlockList>> => {
		try {
			const response = await calls.send("list the parts", {
				method: "GET",
				key: stageOf(ref),
				permissions: "r",
				query: "&comp=blocklist&blocklisttype=all",
			});
			return readBlockList(await response.text());
		} catch (error) {
			// before the first block, and after the commit
			if (error instanceof UploadError && error.code === "not-found") return [];
			throw error;
		}
	};

	return {
		async createMultipart(spec, { checksum }) {
			requireChecksum(checksum);
			// refuses metadata that could not be stored at the commit
			objectHeaders(spec, "");
			return { key: spec.key, id: newName() };
		},

		async listParts(ref, { after = 0 }) {
			const all = (await listBlocks(ref)).filter(({ partNumber }) => partNumber > after);
			const parts = all.slice(0, pageSize);
			const next = parts.length < all.length ? parts.at(-1)?.partNumber : undefined;
			return { parts, ...(next === undefined ? {} : { next }) };
		},

		async completeMultipart(ref, parts, options) {
			requireChecksum(options.checksum?.algorithm);
			const work =
				running.get(ref.id) ??
				commit(ref, parts, options).finally(() => {
					running.delete(ref.id);
				});
			running.set(ref.id, work);
			return work;
		},

		async abortMultipart(ref) {
			// uncommitted blocks cost money for a week; an empty list discards them at once
			await putBlockList("abort the upload", stageOf(ref), []);
			await discard("abort the upload", ref);
		},
	};
}

const action = "complete the upload";

function requireChecksum(algorithm: ChecksumAlgorithm | undefined): void {
	if (algorithm === undefined || algorithm === "crc64nvme") return;
	throw new UploadError(
		"unsupported",
		`The storage does not verify ${algorithm} of a whole object.`,
	);
}

function uploadGone(cause: unknown): UploadError {
	return new UploadError(
		"upload-not-found",
		"The storage has no such upload: it was completed, aborted, or has expired.",
		{ cause },
	);
}

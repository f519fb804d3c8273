import { refuseUnknownOptions } from "../check-options.js";
import { type ByteSize, parseSize } from "../uploads/size.js";

/** What an upload may store, until it is committed or released. */
export interface Reservation {
	/** The caller: issuer and subject, percent-encoded, with a colon between; empty for no caller. */
	readonly owner: string;
	/** The upload's id: 32 hexadecimal digits. */
	readonly uploadId: string;
	/** The file's size; of a stream, the most that it may have. */
	readonly bytes: number;
	/** Epoch seconds: when the upload ends, and the reservation with it. */
	readonly until: number;
}

/**
 * Limits how much each caller stores. Calls may be repeated, and may come in any order: the last `commit` or
 * `release` of an upload counts. What it throws fails the call.
 */
export interface Quota {
	/**
	 * Reserves what an upload may store, in one atomic step.
	 *
	 * @param reservation - Who stores how much, and until when it is reserved.
	 * @returns Whether it is within the quota; false refuses the upload with 403 `quota-exceeded`.
	 */
	reserve(reservation: Reservation): Promise<boolean>;
	/**
	 * Counts a stored object instead of the reservation, also after its end.
	 *
	 * @param uploadId - The upload's id; one that was never reserved counts for nobody.
	 * @param bytes - The object's size.
	 */
	commit(uploadId: string, bytes: number): Promise<void>;
	/**
	 * Frees what an upload has reserved or stored: it was aborted, or its object is deleted.
	 *
	 * @param uploadId - The upload's id; an unknown one changes nothing.
	 */
	release(uploadId: string): Promise<void>;
}

/** How much each caller may store, reservations included. */
export interface QuotaOptions {
	/** Bytes of all objects, as a number or as "10 GB". @default no limit */
	readonly bytes?: ByteSize | undefined;
	/** Number of objects. @default no limit */
	readonly objects?: number | undefined;
}

/** The limits of a quota; infinite where there is none. */
export interface QuotaLimits {
	readonly bytes: number;
	readonly objects: number;
}

/** @throws TypeError that says which option is wrong. */
export function checkQuota(options: QuotaOptions): QuotaLimits {
	refuseUnknownOptions(options, ["bytes", "objects"]);
	const { bytes, objects } = options;
	if (bytes === undefined && objects === undefined) {
		throw new TypeError("A quota needs bytes, objects or both.");
	}
	if (objects !== undefined && !(Number.isSafeInteger(objects) && objects > 0)) {
		throw new TypeError(`objects must be a whole number, at least 1, not ${objects}.`);
	}
	return {
		bytes: bytes === undefined ? Number.POSITIVE_INFINITY : parseSize(bytes),
		objects: objects ?? Number.POSITIVE_INFINITY,
	};
}

/** The most uploads remembered. */
const maxUploads = 100_000;

/** What one upload counts for. */
interface Counted {
	readonly owner: string;
	bytes: number;
	/** 1, or 0 after a release. */
	objects: number;
	/** Milliseconds; infinite once committed. */
	until: number;
}

/** What one caller holds. */
interface Account {
	bytes: number;
	objects: number;
	readonly reserved: Set<string>;
}

/**
 * Counts in the memory of one process: for tests, and for servers that run as a single process. It remembers
 * the last 100,000 uploads; objects of earlier ones count no longer.
 *
 * @param options - How much each caller may store; `now` is a clock for tests, in milliseconds.
 * @returns The quota for a handler's `quota`.
 * @throws TypeError when an option is wrong.
 * @example
 * memoryQuota({ bytes: "10 GB", objects: 1000 })
 */
export function memoryQuota(
	options: QuotaOptions & { readonly now?: (() => number) | undefined },
): Quota {
	const { now = Date.now, ...others }: typeof options = Object(options);
	const limits = checkQuota(others);
	const uploads = new Map<string, Counted>();
	const accounts = new Map<string, Account>();

	/** Changes what an upload counts for. */
	const count = (id: string, bytes: number, objects: number, until: number): void => {
		const upload = uploads.get(id);
		if (!upload) return;
		const account = accounts.get(upload.owner) ?? { bytes: 0, objects: 0, reserved: new Set() };
		account.bytes += bytes - upload.bytes;
		account.objects += objects - upload.objects;
		Object.assign(upload, { bytes, objects, until });
		if (until === Number.POSITIVE_INFINITY) account.reserved.delete(id);
		else account.reserved.add(id);
		if (account.objects === 0) accounts.delete(upload.owner);
		else accounts.set(upload.owner, account);
	};
	const release = (id: string): void => count(id, 0, 0, Number.POSITIVE_INFINITY);

	return {
		async reserve({ owner, uploadId, bytes, until }) {
			if (uploads.has(uploadId)) return true;
			for (const id of accounts.get(owner)?.reserved ?? []) {
				// all uploads live equally long, so the others end later
				if ((uploads.get(id)?.until ?? 0) > now()) break;
				release(id);
			}
			const account = accounts.get(owner) ?? { bytes: 0, objects: 0 };
			const fits = account.bytes + bytes <= limits.bytes && account.objects < limits.objects;
			if (!fits) return false;
			uploads.set(uploadId, { owner, bytes: 0, objects: 0, until: 0 });
			count(uploadId, bytes, 1, until * 1000);
			const [oldest] = uploads.keys();
			if (uploads.size > maxUploads && oldest !== undefined) {
				release(oldest);
				uploads.delete(oldest);
			}
			return true;
		},
		async commit(id, bytes) {
			count(id, bytes, 1, Number.POSITIVE_INFINITY);
		},
		async release(id) {
			release(id);
		},
	};
}

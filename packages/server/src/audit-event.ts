import type { ErrorCode } from "#protocol";
import type { Verdict } from "./outcomes.js";

/** What happened. Events of one upload share its `uploadId`, from `issued` to its end. */
export interface AuditEvent {
	/** The version of this shape. */
	readonly v: 1;
	/**
	 * `issued`: an upload URL, or a window of part URLs, was signed. `downloaded`: a download URL was signed.
	 * `refused`: a call was refused; `code` says why. `rejected`: `onComplete` or a step rejected a stored object.
	 * `promoted`: a file passed the steps and is at its key. `held`: it waits for a decision. These three come at
	 * least once.
	 */
	readonly type:
		| "issued"
		| "refused"
		| "completed"
		| "aborted"
		| "rejected"
		| "deleted"
		| "downloaded"
		| "promoted"
		| "held";
	/** ISO 8601, UTC. */
	readonly time: string;
	/** As in the response and in the log; where no call is behind it, the upload id. */
	readonly requestId: string;
	/** Absent where there is no upload, or none yet. */
	readonly uploadId?: string | undefined;
	/** The caller, without other claims; absent where it is not known. */
	readonly principal?: { readonly sub: string; readonly iss?: string | undefined } | undefined;
	/** The storage's `id`. */
	readonly provider?: string | undefined;
	/** Of the object; the requested one where no object has a key yet. */
	readonly key?: string | undefined;
	/** Bytes; absent while unknown. */
	readonly size?: number | undefined;
	/** As the client sent it; absent where it sent none, or a text of more than 255 characters. */
	readonly contentType?: string | undefined;
	/** Of a refusal. */
	readonly code?: ErrorCode | undefined;
	/** Of the steps. */
	readonly verdict?: Verdict | undefined;
	/** Why an object was rejected or is held: a stable word. */
	readonly reason?: string | undefined;
	/**
	 * SHA-256 in base64url of the signed URL's query, the text after `?`; of a window of parts, of its first
	 * part at its first host.
	 */
	readonly urlHash?: string | undefined;
}

/**
 * Receives events. The response waits for a promise that it returns; an error is logged and changes nothing.
 *
 * @param event - What happened.
 */
export type Audit = (event: AuditEvent) => void | Promise<void>;

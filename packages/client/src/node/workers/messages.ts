import type { OutgoingRequest } from "../../platform.js";
import type { Answer } from "../answer.js";
import type { NodeAlgorithm } from "../hashers.js";
import type { FileState } from "../sources/file-state.js";
import type { PackedError } from "./packed-error.js";

/** One attempt to send one piece of an open file. */
export interface Errand {
	readonly outgoing: OutgoingRequest;
	/** A descriptor, which all threads of a process share. */
	readonly fd: number;
	/** As the file was when the upload began. */
	readonly state: FileState;
	readonly start: number;
	readonly size: number;
	readonly cautious: boolean;
	/** Milliseconds, as in `SendOptions`. */
	readonly stallTimeout: number;
	/** What to digest it with on the way. */
	readonly algorithm: NodeAlgorithm | undefined;
}

/** What a worker is told. Every `send` is answered by one `end`, also after its `abort`. */
export type ToWorker =
	| { readonly kind: "send"; readonly id: number; readonly errand: Errand }
	| { readonly kind: "abort"; readonly id: number }
	/** To be answered at once: a worker that reads from a dead disk cannot. */
	| { readonly kind: "ping" };

export type Outcome =
	| { readonly answer: Answer; readonly digest: string | undefined }
	| { readonly error: PackedError };

/** What a worker says. */
export type FromWorker =
	| { readonly kind: "pong" }
	| { readonly kind: "sent"; readonly id: number; readonly bytes: number }
	| { readonly kind: "end"; readonly id: number; readonly outcome: Outcome };

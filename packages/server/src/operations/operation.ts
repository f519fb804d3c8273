import type { Messages, OperationName } from "#protocol";
import type { Audit } from "../audit-event.js";
import type { CompletionStore } from "../completions.js";
import { UploadError } from "../errors.js";
import type { HookCall, Hooks, Log } from "../hooks.js";
import type { Quota } from "../limits/quota.js";
import type { RateLimit } from "../limits/rate-limit.js";
import type { OutcomeStore } from "../outcomes.js";
import type { SignProof } from "../sign-proof.js";
import type { TokenSealer } from "../token.js";
import type { Uploads } from "../uploads/define-uploads.js";
import type { Providers } from "../uploads/read-provider.js";
import type { Fields } from "./fields.js";

/** The context of every operation. */
export interface OperationContext {
	readonly uploads: Uploads;
	readonly providers: Providers;
	/** Null with `tokenSecret: false`: only plain URLs are served. */
	readonly sealer: TokenSealer | null;
	readonly completions?: CompletionStore | undefined;
	/** Absent: kept in the storage. */
	readonly outcomes?: OutcomeStore | undefined;
	/** Signs what was stored. */
	readonly signProof?: SignProof | undefined;
	/** Whether web pages of this origin may call. */
	readonly allowsOrigin: (origin: string) => boolean;
	readonly rateLimit?: RateLimit | undefined;
	readonly quota?: Quota | undefined;
	readonly hooks: Hooks;
	readonly audit?: Audit | undefined;
	readonly log: Log;
	/** Where callers are looked for, for the log of a call that needs one and has none. */
	readonly principalSource: string;
	/** Begins the `type` of every problem. */
	readonly problemTypeBase: string;
}

/** One call of the HTTP contract, typed by the wire's map of messages. */
export interface Operation<Name extends OperationName> {
	/**
	 * Checks what the client sent.
	 *
	 * @param fields - The members of the JSON body; for a GET, the values of the query.
	 * @throws UploadError `invalid-request`, `invalid-size`.
	 */
	readonly parse: (fields: Fields) => Messages[Name]["request"];
	/**
	 * Authorizes and does the work.
	 *
	 * @param late - Takes work that goes on after the reply: how it ends is logged and audited.
	 * @throws UploadError
	 */
	readonly run: (
		context: OperationContext,
		request: Messages[Name]["request"],
		call: HookCall,
		late: (work: Promise<Messages[Name]["reply"]>) => void,
	) => Promise<Messages[Name]["reply"]>;
	/** The HTTP status of a reply. */
	readonly status: (reply: Messages[Name]["reply"]) => number;
}

/** The token sealer. @throws UploadError `unsupported` on servers that only sign plain URLs. */
export function requireSealer(context: OperationContext): TokenSealer {
	if (context.sealer) return context.sealer;
	throw new UploadError(
		"unsupported",
		"This server has no token secret, so it only signs plain URLs (GET ?key=...).",
	);
}

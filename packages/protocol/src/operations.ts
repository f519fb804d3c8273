import type {
	AbortRequest,
	CompleteReply,
	CompleteRequest,
	CreateRequest,
	ListReply,
	ListRequest,
	PartsReply,
	PartsRequest,
	PendingReply,
	SignReply,
	SignRequest,
	UploadPlan,
} from "./messages.js";
import type {
	DeleteRequest,
	DownloadReply,
	DownloadRequest,
	RedirectReply,
	RulesReply,
	RulesRequest,
	StatusReply,
	StatusRequest,
} from "./object-messages.js";

/** Every call of the HTTP contract: its method and the last segment of its path. */
export const operations: {
	readonly sign: { readonly method: "GET"; readonly path: "" };
	readonly create: { readonly method: "POST"; readonly path: "" };
	readonly parts: { readonly method: "POST"; readonly path: "parts" };
	readonly list: { readonly method: "POST"; readonly path: "list" };
	readonly complete: { readonly method: "POST"; readonly path: "complete" };
	readonly abort: { readonly method: "POST"; readonly path: "abort" };
	readonly rules: { readonly method: "GET"; readonly path: "rules" };
	readonly download: { readonly method: "GET"; readonly path: "download" };
	readonly delete: { readonly method: "POST"; readonly path: "delete" };
	readonly status: { readonly method: "POST"; readonly path: "status" };
} = {
	sign: { method: "GET", path: "" },
	create: { method: "POST", path: "" },
	parts: { method: "POST", path: "parts" },
	list: { method: "POST", path: "list" },
	complete: { method: "POST", path: "complete" },
	abort: { method: "POST", path: "abort" },
	rules: { method: "GET", path: "rules" },
	download: { method: "GET", path: "download" },
	delete: { method: "POST", path: "delete" },
	status: { method: "POST", path: "status" },
};

export type OperationName = keyof typeof operations;

/** Seconds that a token lives, independent of its URLs: 7 days. */
export const tokenLife: number = 7 * 24 * 3600;

/** Seconds after the beginning of an upload at which all its tokens end: 30 days. */
export const uploadLife: number = 30 * 24 * 3600;

/** Seconds after its expiry for which `list` still takes a token: 30 days. */
export const listGrace: number = 30 * 24 * 3600;

/** The request and the reply of each call. */
export interface Messages {
	readonly sign: { readonly request: SignRequest; readonly reply: SignReply };
	readonly create: { readonly request: CreateRequest; readonly reply: UploadPlan };
	readonly parts: { readonly request: PartsRequest; readonly reply: PartsReply };
	readonly list: { readonly request: ListRequest; readonly reply: ListReply };
	readonly complete: {
		readonly request: CompleteRequest;
		readonly reply: CompleteReply | PendingReply;
	};
	readonly abort: { readonly request: AbortRequest; readonly reply: undefined };
	readonly rules: { readonly request: RulesRequest; readonly reply: RulesReply };
	readonly download: {
		readonly request: DownloadRequest;
		readonly reply: DownloadReply | RedirectReply;
	};
	readonly delete: { readonly request: DeleteRequest; readonly reply: undefined };
	readonly status: { readonly request: StatusRequest; readonly reply: StatusReply };
}

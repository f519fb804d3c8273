import { hash } from "node:crypto";
import { type Messages, type OperationName, partUrl } from "#protocol";
import type { AuditEvent } from "./audit-event.js";
import type { DescribedCall } from "./describe-call.js";
import type { UploadError } from "./errors.js";
import { writeLog } from "./hooks.js";
import { defined } from "./operations/fields.js";
import type { OperationContext } from "./operations/operation.js";
import type { Providers } from "./uploads/read-provider.js";
import type { Principal } from "./uploads/rule.js";

/** Characters of the longest media type. */
const maxTypeLength = 255;

type Reply = Messages[OperationName]["reply"];

/** How a call ended. */
export type Ending = { readonly reply: Reply } | { readonly error: UploadError };

/** The members of an event that its ending decides. */
type Details = Pick<AuditEvent, "type" | "uploadId" | "key" | "size" | "code" | "urlHash">;

/** The event of a successful call; the other operations change nothing and sign nothing. */
const successes: { readonly [Name in OperationName]?: AuditEvent["type"] } = {
	sign: "issued",
	create: "issued",
	parts: "issued",
	complete: "completed",
	abort: "aborted",
	delete: "deleted",
	download: "downloaded",
};

/** The signed URL of a reply. */
function urlOf(reply: NonNullable<Reply>): string | undefined {
	if ("uploadURL" in reply) return reply.uploadURL;
	if ("request" in reply) return reply.request.url;
	if ("window" in reply) return partUrl(reply.window, reply.window.first);
	if ("urls" in reply) return partUrl(reply, reply.first);
	if ("url" in reply) return reply.url;
	return "location" in reply ? reply.location : undefined;
}

const hashQuery = (url: string): string =>
	hash("sha256", url.slice(url.indexOf("?") + 1), "base64url");

/** Undefined where nothing was signed and nothing ended. */
function describeReply(operation: OperationName, reply: Reply): Details | undefined {
	const type = successes[operation];
	if (!type || !reply) return type && { type };
	if ("state" in reply || ("kind" in reply && reply.kind === "digest")) return undefined;
	const url = urlOf(reply);
	return {
		type,
		...("uploadId" in reply ? { uploadId: reply.uploadId } : {}),
		...("key" in reply ? { key: reply.key } : {}),
		...("size" in reply ? { size: reply.size ?? undefined } : {}),
		...(url === undefined ? {} : { urlHash: hashQuery(url) }),
	};
}

/** Undefined for failures of the server or the storage. */
function describeError(
	operation: OperationName,
	{ code, status }: UploadError,
): Details | undefined {
	if (status >= 500 && status !== 501) return undefined;
	return { type: operation === "complete" && code === "rejected" ? "rejected" : "refused", code };
}

/** Without other claims, of which one may be a token. */
const identityOf = ({ sub, iss }: Principal): NonNullable<AuditEvent["principal"]> => ({
	sub,
	...defined({ iss }),
});

/** Calls `tell` with the id of the storage that an operation chooses, for its event. */
export function tellProvider(
	context: OperationContext,
	tell: (id: string) => void,
): OperationContext {
	const { audit, providers } = context;
	if (!audit) return context;
	const choose: Providers["choose"] = async (rule, call) => {
		const provider = await providers.choose(rule, call);
		tell(provider.id);
		return provider;
	};
	return { ...context, providers: { ...providers, choose } };
}

/** Hands the event of a call to `audit`, if the call has one. What `audit` throws is logged. */
export async function recordEvent(
	{ audit, log }: OperationContext,
	{ call, key = call.requestedKey, provider }: DescribedCall,
	ending: Ending,
): Promise<void> {
	if (!audit) return;
	const { operation, requestId, principal, uploadId, size } = call;
	// a longer text is no type, and would make each refusal costly to write
	const contentType =
		(call.contentType?.length ?? 0) > maxTypeLength ? undefined : call.contentType;
	const details =
		"error" in ending
			? describeError(operation, ending.error)
			: describeReply(operation, ending.reply);
	if (!details) return;
	const { type, ...members } = details;
	const described = { uploadId, provider, key, size, contentType, ...members };
	const event: AuditEvent = {
		v: 1,
		type,
		time: new Date().toISOString(),
		requestId,
		...(principal ? { principal: identityOf(principal) } : {}),
		...defined(described),
	};
	try {
		await audit(event);
	} catch (cause) {
		const reason = `audit threw, so the event "${type}" may be missing`;
		writeLog(log, "error", { requestId, operation, uploadId: event.uploadId, reason, cause });
	}
}

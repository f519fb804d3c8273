import { listGrace, type Messages, type OperationName } from "#protocol";
import type { HookCall } from "./hooks.js";
import type { OperationContext } from "./operations/operation.js";

/** A call as hooks see it, and what audits know besides. */
export interface DescribedCall {
	readonly call: HookCall;
	/** The key of the object that the token names. */
	readonly key?: string;
	/** The id of the storage that was chosen. */
	readonly provider?: string;
}

/** The members of all requests that describe a call. */
interface CallFields {
	readonly key?: string | undefined;
	readonly token?: string | undefined;
	readonly contentType?: string | undefined;
	readonly size?: number | null | undefined;
}

/** Describes a call for limits, hooks and audits. Members of an invalid token are left out. */
export function describeCall(
	{ sealer }: OperationContext,
	call: Pick<HookCall, "operation" | "requestId" | "principal">,
	request: Messages[OperationName]["request"],
): DescribedCall {
	const { key: requestedKey, token, contentType, size }: CallFields = request;
	if (requestedKey !== undefined) {
		return { call: { ...call, requestedKey, contentType, size: size ?? undefined } };
	}
	try {
		const upload = sealer?.open(token ?? "", listGrace).upload;
		if (!upload) return { call };
		const { uploadId, key, requestedKey = key, contentType, size } = upload;
		return { call: { ...call, uploadId, requestedKey, contentType, size: size ?? undefined }, key };
	} catch {
		// the operation itself refuses the token
		return { call };
	}
}

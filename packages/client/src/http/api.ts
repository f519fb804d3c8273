import type {
	CompleteReply,
	CompleteRequest,
	CreateRequest,
	Messages,
	UploadPlan,
} from "#protocol";
import { hasCode, UploadError } from "../errors.js";
import { type Caller, createCaller } from "./caller.js";
import type { Draft } from "./message.js";
import { foreignErrors } from "./problem.js";
import type { RequestContext } from "./recovery.js";
import { describeFailure } from "./redact.js";
import { sleep } from "./wait.js";

/** A storage takes minutes to join the largest objects; after this long, something else is wrong. */
const completionTimeout = 30 * 60_000;

/**
 * The calls to the endpoint for one upload. All of them retry by the one rule, and reject with an
 * {@link UploadError} or the signal's reason.
 */
export interface Api extends Caller {
	/** The latest token, sent with every call and renewed by replies; empty before the first plan. Set it to continue an earlier upload. */
	token: string;
	/**
	 * @param signal ends the waits and all further attempts
	 * @param requestSignal ends the running attempt, whose reply the caller may still want
	 */
	create(
		request: Draft<CreateRequest>,
		signal: AbortSignal,
		requestSignal: AbortSignal,
	): Promise<UploadPlan>;
	/**
	 * Sends the token, and keeps the one that the reply renews it by.
	 *
	 * @param members one of which the reply must have
	 */
	call<Name extends "parts" | "list" | "complete" | "status">(
		name: Name,
		request: Draft<Omit<Messages[Name]["request"], "token">>,
		signal: AbortSignal,
		...members: string[]
	): Promise<Messages[Name]["reply"]>;
	/**
	 * Waits out `pending`, and asks once more where something else answered in the endpoint's place. An undecided
	 * conflict about parts is repeated: the server looks again. The second one that leaves nothing stored is final.
	 *
	 * @param request its token is that of an earlier plan; by default the latest
	 */
	complete(request: CompleteDraft, signal: AbortSignal): Promise<CompleteReply>;
	abort(signal: AbortSignal): Promise<void>;
	/**
	 * Asks, beside the upload, whether the operations below the endpoint reach the upload handler. Tells what else answers
	 * in their place.
	 *
	 * @throws UploadError `not-found` where something else answers 404 or 405.
	 */
	checkOperations(signal: AbortSignal): Promise<void>;
}

export type CompleteDraft = Draft<Omit<CompleteRequest, "token">> & { readonly token?: string };

export function createApi(context: RequestContext): Api {
	const { send, request } = createCaller(context);
	const api: Api = {
		token: "",
		send,
		request,
		async create(body, signal, requestSignal) {
			const sent = { path: "", body, signal, requestSignal } as const;
			const plan = await request<UploadPlan>(["kind"], sent);
			if ("token" in plan) api.token = plan.token;
			return plan;
		},
		async call(name, draft, signal, ...members) {
			type Reply = Messages[typeof name]["reply"] & { readonly token?: string };
			const body = { token: api.token || undefined, ...draft };
			const reply = await request<Reply>(members, { path: name, body, signal });
			api.token = reply.token ?? api.token;
			return reply;
		},
		async complete(draft, signal) {
			const deadline = performance.now() + completionTimeout;
			const { wait } = context.settings;
			const callComplete = () => api.call("complete", { wait, ...draft }, signal, "key", "state");
			for (;;) {
				const reply = await callComplete().catch((error) => {
					// the endpoint itself may have completed the upload
					if (foreignErrors.has(error)) return callComplete();
					throw error;
				});
				if (!("state" in reply)) return reply;
				context.setPending?.();
				if (performance.now() > deadline) {
					throw new UploadError("timeout", "The storage is still at work: try again later.");
				}
				await sleep(Math.min(Math.max(Number(reply.retryAfter) || 0, 1), 60) * 1000, signal);
			}
		},
		async abort(signal) {
			await send({ path: "abort", body: { token: api.token }, signal });
		},
		async checkOperations(signal) {
			const ignore = (): void => {};
			// beside the upload, which neither waits for it nor shows its attempts
			const beside = {
				// a second failure without an answer is explained
				settings: { ...context.settings, retry: { limit: 0, networkLimit: 1 } },
				trackRequest: async <V>(request: Promise<V>) => request,
				setOnline: ignore,
				setRetrying: ignore,
				setError: ignore,
				addEvent: ignore,
			};
			const own = createApi({ ...context, ...beside });
			own.token = api.token;
			try {
				// the upload may be complete when this comes: after this number the storage isn't asked
				await own.call("list", { after: 50_000 }, signal, "parts");
			} catch (error) {
				const isForeign = foreignErrors.has(error as object);
				if (signal.aborted || (isForeign && hasCode(error, "not-found"))) throw error;
				// the handler's own refusal shows that calls reach it, and other failures nothing
				if (!(error instanceof UploadError) || !(isForeign || error.code === "cors")) return;
				context.setError(error);
				context.addEvent(describeFailure(error, context.settings.endpoint.origin));
			}
		},
	};
	return api;
}

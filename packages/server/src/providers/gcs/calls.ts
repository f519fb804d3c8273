import { setTimeout as sleep } from "node:timers/promises";
import {
	isMissing,
	type Refusal,
	type StorageAction,
	storageError,
	unreachable,
} from "./errors.js";
import type { GcsSettings } from "./options.js";
import type { ControlRequest } from "./requests.js";
import type { GcsSigner } from "./signer.js";
import { xmlText } from "./xml.js";

/** A successful response to a control call. */
export interface Answer {
	readonly headers: Headers;
	readonly text: string;
}

/** Makes one control call. Null where the object or the upload does not exist. */
export type SendCall = (action: StorageAction, request: ControlRequest) => Promise<Answer | null>;

/** Milliseconds of a whole call, below the 25 s in which the operations must answer. */
const totalTime = 20_000;

/** Statuses after which Google asks to repeat. https://docs.cloud.google.com/storage/docs/retry-strategy */
const repeatable: readonly number[] = [408, 429, 500, 502, 503, 504];

const attempts = 3;

/** Makes the function that runs the control calls of one provider. */
export function callSender(settings: GcsSettings, signer: GcsSigner): SendCall {
	return async (action, request) => {
		const signal = AbortSignal.timeout(totalTime);
		for (let attempt = 1; ; attempt++) {
			const last = attempt === attempts;
			const { url, headers } = await signer.authorize(request);
			let response: Response;
			let text: string;
			try {
				response = await fetch(url, {
					method: request.method,
					headers: { ...headers, "accept-encoding": "gzip" },
					redirect: "manual",
					signal,
					...(request.body === undefined ? {} : { body: request.body }),
				});
				text = await response.text();
			} catch (cause) {
				if (last || signal.aborted) throw unreachable(cause, action);
				await sleep(pause(attempt));
				continue;
			}
			// an upload can be refused in a response that begins with 200
			if (response.ok && !/<Error>/.test(text)) return { headers: response.headers, text };
			if (!last && repeatable.includes(response.status)) {
				await sleep(pause(attempt));
				continue;
			}
			const refusal = refusalOf(response, text);
			if (isMissing(refusal)) return null;
			throw storageError(refusal, action, settings.bucket);
		}
	};
}

/** Milliseconds before the next attempt, spread so that many callers do not return at once. */
function pause(attempt: number): number {
	return 100 * 2 ** attempt * (0.5 + Math.random() / 2);
}

function refusalOf({ ok, status, headers }: Response, text: string): Refusal {
	const date = Date.parse(headers.get("date") ?? "");
	return {
		// an error inside of a success says nothing of its own status
		status: ok ? 500 : status,
		name: xmlText(text, "Code") ?? "",
		skew: Number.isNaN(date) ? 0 : (Date.now() - date) / 1_000,
	};
}

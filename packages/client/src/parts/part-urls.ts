import type { MultipartPlan, PartWindow } from "#protocol";
import { misfit } from "../errors.js";
import type { BytesRequest } from "../http/send.js";
import { until } from "../http/wait.js";
import type { Session } from "../upload/session.js";
import { startValidity, type Validity } from "../upload/validity.js";

/** Parts to ask URLs for at once; the server may give fewer. Some 35 kB, and 8 GiB of parts of 16 MiB. */
const windowSize = 500;

/** Where the parts of one upload go. */
export interface PartUrls {
	/**
	 * The window to send the part by: still usable, and not the one that was `refused`.
	 *
	 * @param signal ends the wait, not the fetching, which is for all parts
	 */
	windowFor(partNumber: number, signal: AbortSignal, refused?: PartWindow): Promise<PartWindow>;
}

/** The request of one part. */
export function requestOf(window: PartWindow, partNumber: number): BytesRequest {
	const { method, url, values, first, headers, outcomes } = window;
	// the values are encoded already, and a function keeps `$&` in them from being read as a pattern
	const filled = url
		.replace("{partNumber}", () => `${partNumber}`)
		.replace("{value}", () => values[partNumber - first] ?? "");
	return { method, url: filled, headers, outcomes };
}

/**
 * Fetches windows of part URLs one after the other, shortly before the last one runs out or expires.
 *
 * @param ended stops all fetching
 */
export function createPartUrls(
	session: Session,
	plan: MultipartPlan,
	ended: AbortSignal,
): PartUrls {
	const partCount = plan.partCount ?? 0;
	let stock: (readonly [PartWindow, Validity])[] = [];
	let loading: Promise<PartWindow> | undefined;

	const holds = ({ first, count }: PartWindow, partNumber: number): boolean =>
		partNumber >= first && partNumber < first + count;
	const take = (window: PartWindow, wanted: number): PartWindow => {
		if (!holds(window, wanted) || window.values.length < window.count) {
			throw misfit("part URLs");
		}
		stock.push([window, startValidity(window.expiresIn)]);
		return window;
	};
	const load = (first: number): Promise<PartWindow> => {
		const fetching = async (): Promise<PartWindow> => {
			const count = Math.min(windowSize, partCount - first + 1);
			const reply = await session.api.parts({ token: session.token, first, count }, ended);
			session.token = reply.token ?? session.token;
			return take(reply, first);
		};
		loading = fetching().finally(() => {
			loading = undefined;
		});
		return loading;
	};
	const find = (partNumber: number): readonly [PartWindow, Validity] | undefined =>
		stock.findLast(([window]) => holds(window, partNumber));
	const lookAhead = (partNumber: number): void => {
		// far enough ahead that no part waits for its URL
		const end = Math.min(partNumber + 2 * session.settings.concurrency, partCount);
		for (let next = partNumber + 1; next <= end && !loading; next++) {
			// a failure here shows again, and is retried, when the part is really wanted
			if (find(next)?.[1].ending() ?? true) load(next).catch(() => {});
		}
	};

	take(plan.window, 1);
	return {
		async windowFor(partNumber, signal, refused) {
			for (;;) {
				stock = stock.filter(([window, validity]) => window !== refused && validity.usable());
				const found = find(partNumber);
				if (found) {
					lookAhead(partNumber);
					return found[0];
				}
				// its own answer counts, however short its life: else an expiry of 0 would never end
				if (!loading) return await until(load(partNumber), signal);
				await until(loading, signal).catch(() => signal.throwIfAborted());
			}
		},
	};
}

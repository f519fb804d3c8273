import type { PartWindow } from "#protocol";
import { hasCode, incompatibleReply } from "../errors.js";
import type { BytesRequest } from "../http/send.js";
import { until } from "../http/wait.js";
import type { UploadContext } from "../upload/context.js";
import { startValidityTimer, type ValidityTimer } from "../upload/validity-timer.js";
import type { PartsPlan } from "./part.js";

/** Parts per request for URLs; the server may give fewer. About 35 kB, and 8 GiB of parts of 16 MiB. */
const windowSize = 500;

/** The part that a URL is signed for. */
export interface PartToSign {
	readonly partNumber: number;
	/** Bytes of the short last part of a file of unknown length: all other parts are full. */
	readonly lastSize?: number | undefined;
}

/** The URLs of the parts of one upload. */
export interface PartUrls {
	/**
	 * The window with the URL of a part: still usable, and not the one that was `refused`.
	 *
	 * @param signal ends the wait, not the request, which is for all parts
	 */
	windowFor(part: PartToSign, signal: AbortSignal, refused?: PartWindow): Promise<PartWindow>;
}

/**
 * The request of one part.
 *
 * @param hidden whether responses show no receipts
 */
export function requestOf(window: PartWindow, partNumber: number, hidden: boolean): BytesRequest {
	const { method, urls, values, first, headers } = window;
	const receiptHeader = hidden ? null : window.receiptHeader;
	// a part takes no key: a 412 is not about it
	const outcomes = { 412: "ask", ...window.outcomes } as const;
	const template = urls[partNumber % urls.length] ?? "";
	// the values are encoded already; as functions, `$&` in them is no pattern
	const url = template
		.replace("{partNumber}", () => `${partNumber}`)
		.replace("{value}", () => values[partNumber - first] ?? "");
	return { method, url, headers, receiptHeader, outcomes };
}

/**
 * Fetches windows of part URLs one at a time, shortly before the latest is used up or expires.
 *
 * @param ended stops all requests
 */
export function createPartUrls(
	upload: UploadContext,
	plan: PartsPlan,
	ended: AbortSignal,
): PartUrls {
	const partCount = plan.partCount ?? Number.POSITIVE_INFINITY;
	/** The last full part for which URLs are fetched ahead. */
	let lastFullPart = partCount;
	let windows: (readonly [PartWindow, ValidityTimer, lastSize: number | undefined])[] = [];
	let loading: Promise<PartWindow> | undefined;

	const covers = ({ first, count }: PartWindow, partNumber: number): boolean =>
		partNumber >= first && partNumber < first + count;
	const add = (window: PartWindow, { partNumber, lastSize }: PartToSign): PartWindow => {
		if (!covers(window, partNumber) || window.values.length < window.count) {
			throw incompatibleReply();
		}
		windows.push([window, startValidityTimer(window.expiresIn), lastSize]);
		return window;
	};
	const load = (part: PartToSign): Promise<PartWindow> => {
		const fetching = async (): Promise<PartWindow> => {
			const { partNumber: first, lastSize } = part;
			const count = lastSize ? 1 : Math.min(windowSize, partCount - first + 1);
			const request = { first, count, lastSize };
			return add(await upload.api.call("parts", request, ended, "values"), part);
		};
		loading = fetching().finally(() => {
			loading = undefined;
		});
		return loading;
	};
	const find = ({ partNumber, lastSize }: PartToSign): (typeof windows)[number] | undefined =>
		windows.findLast(([window, , last]) => last === lastSize && covers(window, partNumber));
	const lookAhead = (partNumber: number): void => {
		// fetch ahead only for parts that may be in flight, so that the first byte waits for no second window
		const end = Math.min(partNumber + upload.settings.concurrency, lastFullPart);
		for (let next = partNumber + 1; next <= end && !loading; next++) {
			// a failure is ignored here: it is retried when the part is sent
			if (find({ partNumber: next })?.[1].ending() ?? true) {
				load({ partNumber: next }).catch((error) => {
					if (hasCode(error, "too-large")) lastFullPart = next - 1;
				});
			}
		}
	};

	// a file of unknown length may consist of a short part only, and an empty one of none
	const { window } = plan;
	if (window && (plan.partCount || window.count > 0)) add(window, { partNumber: 1 });
	return {
		async windowFor(part, signal, refused) {
			if (part.lastSize) lastFullPart = part.partNumber - 1;
			for (;;) {
				windows = windows.filter(([window, validity]) => window !== refused && validity.usable());
				const found = find(part);
				if (found) {
					lookAhead(part.partNumber);
					return found[0];
				}
				// accept a fresh window even when short-lived, else we refetch forever
				if (!loading) return await until(load(part), signal);
				await until(loading, signal).catch(() => signal.throwIfAborted());
			}
		},
	};
}

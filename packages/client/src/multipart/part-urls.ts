import type { PartWindow } from "#protocol";
import { hasCode, misfit } from "../errors.js";
import type { BytesRequest } from "../http/send.js";
import { until } from "../http/wait.js";
import type { UploadContext } from "../upload/context.js";
import { startValidity, type Validity } from "../upload/validity.js";
import type { PartsPlan } from "./part.js";

/** Parts to ask URLs for at once; the server may give fewer. Some 35 kB, and 8 GiB of parts of 16 MiB. */
const windowSize = 500;

/** What is signed. */
export interface PartToSign {
	readonly partNumber: number;
	/** Bytes of the short part that ends a file of unknown length: a window's others are full. */
	readonly lastSize?: number | undefined;
}

/** Where the parts of one upload go. */
export interface PartUrls {
	/**
	 * The window to send the part by: still usable, and not the one that was `refused`.
	 *
	 * @param signal ends the wait, not the fetching, which is for all parts
	 */
	windowFor(part: PartToSign, signal: AbortSignal, refused?: PartWindow): Promise<PartWindow>;
}

/** The request of one part. */
export function requestOf(window: PartWindow, partNumber: number): BytesRequest {
	const { method, urls, values, first, headers, outcomes } = window;
	const template = urls[partNumber % urls.length] ?? "";
	// the values are encoded already, and a function keeps `$&` in them from being read as a pattern
	const url = template
		.replace("{partNumber}", () => `${partNumber}`)
		.replace("{value}", () => values[partNumber - first] ?? "");
	return { method, url, headers, outcomes };
}

/**
 * Fetches windows of part URLs one after the other, shortly before the last one runs out or expires.
 *
 * @param ended stops all fetching
 */
export function createPartUrls(
	upload: UploadContext,
	plan: PartsPlan,
	ended: AbortSignal,
): PartUrls {
	const partCount = plan.partCount ?? Number.POSITIVE_INFINITY;
	/** Full parts are not asked for ahead beyond this one. */
	let horizon = partCount;
	let stock: (readonly [PartWindow, Validity, lastSize: number | undefined])[] = [];
	let loading: Promise<PartWindow> | undefined;

	const holds = ({ first, count }: PartWindow, partNumber: number): boolean =>
		partNumber >= first && partNumber < first + count;
	const take = (window: PartWindow, { partNumber, lastSize }: PartToSign): PartWindow => {
		if (!holds(window, partNumber) || window.values.length < window.count) {
			throw misfit("part URLs");
		}
		stock.push([window, startValidity(window.expiresIn), lastSize]);
		return window;
	};
	const load = (part: PartToSign): Promise<PartWindow> => {
		const fetching = async (): Promise<PartWindow> => {
			const { partNumber: first, lastSize } = part;
			const count = lastSize ? 1 : Math.min(windowSize, partCount - first + 1);
			const reply = await upload.api.parts({ token: upload.token, first, count, lastSize }, ended);
			upload.token = reply.token ?? upload.token;
			return take(reply, part);
		};
		loading = fetching().finally(() => {
			loading = undefined;
		});
		return loading;
	};
	const find = ({ partNumber, lastSize }: PartToSign): (typeof stock)[number] | undefined =>
		stock.findLast(([window, , last]) => last === lastSize && holds(window, partNumber));
	const lookAhead = (partNumber: number): void => {
		// as many ahead as may be on their way: no part waits for its URL, nor the first byte for another window
		const end = Math.min(partNumber + upload.settings.concurrency, horizon);
		for (let next = partNumber + 1; next <= end && !loading; next++) {
			// a failure here shows again, and is retried, when the part is really wanted
			if (find({ partNumber: next })?.[1].ending() ?? true) {
				load({ partNumber: next }).catch((error) => {
					if (hasCode(error, "too-large")) horizon = next - 1;
				});
			}
		}
	};

	// a file of unknown length may have nothing but a short part
	const { window } = plan;
	if (window && (plan.partCount !== null || window.count > 0)) take(window, { partNumber: 1 });
	return {
		async windowFor(part, signal, refused) {
			if (part.lastSize) horizon = part.partNumber - 1;
			for (;;) {
				stock = stock.filter(([window, validity]) => window !== refused && validity.usable());
				const found = find(part);
				if (found) {
					lookAhead(part.partNumber);
					return found[0];
				}
				// its own answer counts, however short its life: else an expiry of 0 would never end
				if (!loading) return await until(load(part), signal);
				await until(loading, signal).catch(() => signal.throwIfAborted());
			}
		},
	};
}

import { type PartWindow, partUrl } from "#protocol";
import { hasCode, incompatibleReply } from "../errors.js";
import type { BytesRequest } from "../http/send.js";
import { until } from "../http/wait.js";
import type { UploadContext } from "../upload/context.js";
import { startValidityTimer, type ValidityTimer } from "../upload/validity-timer.js";
import type { PartsPlan } from "./part.js";

/** The most bodies in flight to all host names of a storage. */
export const maxInFlight = 16;

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
	/** Index of the host name that a part goes to. */
	hostOf(partNumber: number): number;
	/** Reports whether a host name responded. One that does not, twice, is left while another one does. */
	report(host: number, answered: boolean): void;
}

/**
 * The request of one part.
 *
 * @param hidden whether responses show no receipts
 */
export function requestOf(window: PartWindow, partNumber: number, hidden: boolean): BytesRequest {
	const { method, headers } = window;
	const receiptHeader = hidden ? null : window.receiptHeader;
	// a part takes no key: a 412 is not about it
	const outcomes = { 412: "ask", ...window.outcomes } as const;
	return { method, url: partUrl(window, partNumber), headers, receiptHeader, outcomes };
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
	let windows: (readonly [
		PartWindow,
		ValidityTimer,
		lastSize: number | undefined,
		host: number | undefined,
	])[] = [];
	/** Of each host name, how often in a row it did not respond; undefined before its first response. */
	const failures: (number | undefined)[] = [];
	let hostCount = 1;
	const dead = new Set<number>();
	let loading: Promise<PartWindow> | undefined;

	const covers = ({ first, count }: PartWindow, partNumber: number): boolean =>
		partNumber >= first && partNumber < first + count;
	const hostOf = (partNumber: number): number => {
		const host = partNumber % hostCount;
		if (!dead.has(host)) return host;
		const alive = Array.from({ length: hostCount }, (_, index) => index).filter(
			(index) => !dead.has(index),
		);
		return alive[partNumber % alive.length] ?? host;
	};
	/** The one host name that a window must be of; undefined for all of them in turn. */
	const wantedHost = (partNumber: number): number | undefined =>
		dead.has(partNumber % hostCount) ? hostOf(partNumber) : undefined;
	const add = (
		window: PartWindow,
		{ partNumber, lastSize }: PartToSign,
		host?: number,
	): PartWindow => {
		if (!covers(window, partNumber) || window.values.length < window.count) {
			throw incompatibleReply();
		}
		windows.push([window, startValidityTimer(window.expiresIn), lastSize, host]);
		if (host === undefined && window.urls.length > hostCount) {
			hostCount = window.urls.length;
			const { client, platform, settings } = upload;
			const most = Math.min(platform.maxConcurrency * hostCount, maxInFlight, settings.ceiling);
			client.limiter.raise(platform.maxConcurrency, most);
		}
		return window;
	};
	const load = (part: PartToSign): Promise<PartWindow> => {
		const fetching = async (): Promise<PartWindow> => {
			const { partNumber: first, lastSize } = part;
			const count = lastSize ? 1 : Math.min(windowSize, partCount - first + 1);
			const host = wantedHost(first);
			const request = { first, count, lastSize, host };
			return add(await upload.api.call("parts", request, ended, "values"), part, host);
		};
		loading = fetching().finally(() => {
			loading = undefined;
		});
		return loading;
	};
	const find = ({ partNumber, lastSize }: PartToSign): (typeof windows)[number] | undefined =>
		windows.findLast(
			([window, , last, host]) =>
				last === lastSize && host === wantedHost(partNumber) && covers(window, partNumber),
		);
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
		hostOf,
		report(host, answered) {
			failures[host] = answered ? 0 : (failures[host] ?? 0) + 1;
			const works = failures.some((count, other) => other !== host && count === 0);
			if (failures[host] >= 2) {
				if (works) dead.add(host);
				// the names that were left may have failed because there was no network
				else dead.clear();
			}
			// a host that responds again, or one beside none that does, is not left
			if (answered) dead.delete(host);
		},
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

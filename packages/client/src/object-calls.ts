import type { DownloadReply, RulesReply } from "#protocol";
import { incompatibleReply, reword, wrap } from "./errors.js";
import { createApi } from "./http/api.js";
import type { RequestContext } from "./http/recovery.js";
import type { CallOptions, DownloadOptions, ObjectCalls } from "./object-types.js";
import type { Settings } from "./options.js";
import type { Platform } from "./platform.js";

/** Milliseconds for which the limits of keys are kept at most. */
const rulesLife = 5 * 60_000;

/** Aborts nothing. */
const never: AbortSignal = new AbortController().signal;

/** What a call needs that belongs to no upload. */
export const idle: Omit<RequestContext, "platform" | "settings"> = {
	gate: { closed: false },
	setOnline() {},
	setRetrying() {},
	trackRequest: (request) => request,
	setError() {},
	addEvent() {},
};

/** The calls of a client about objects instead of uploads. Each rejects with an `UploadError`. */
export function createObjectCalls(platform: Platform, settings: () => Settings): ObjectCalls {
	const kept = new Map<string, Promise<RulesReply>>();
	let keptSince = -rulesLife;
	const call = async <Reply>(
		work: (api: ReturnType<typeof createApi>, signal: AbortSignal) => Promise<Reply>,
		options?: CallOptions,
	): Promise<Reply> => {
		const signal = options?.signal ?? never;
		let messages: Settings["messages"];
		try {
			const chosen = settings();
			({ messages } = chosen);
			return await work(createApi({ ...idle, platform, settings: chosen }), signal);
		} catch (error) {
			throw reword(
				signal.aborted
					? wrap(signal.reason, "aborted", "The call was aborted.")
					: wrap(error, "internal", "The call failed: see `cause`."),
				messages,
			);
		}
	};
	return {
		rules(key) {
			const now = performance.now();
			if (now - keptSince >= rulesLife) {
				kept.clear();
				keptSince = now;
			}
			const known = kept.get(key);
			if (known !== undefined) return known;
			const rules = call<RulesReply>((api, signal) =>
				api.request([], { path: "rules", query: { key }, signal }),
			);
			kept.set(key, rules);
			rules.catch(() => kept.delete(key));
			return rules;
		},
		async downloadUrl(key, options?: DownloadOptions) {
			const query = { key, filename: options?.filename, disposition: options?.disposition };
			return await call(async (api, signal) => {
				const sent = { path: "download", query, signal } as const;
				const { url } = await api.request<DownloadReply>(["url"], sent);
				// apps put it into links, where another scheme could run a script
				if (/^https?:\/\//i.test(url)) return url;
				throw incompatibleReply();
			}, options);
		},
		status: (key, options) =>
			call((api, signal) => api.call("status", { key }, signal, "state"), options),
		async deleteFile(key, options) {
			await call((api, signal) => api.send({ path: "delete", body: { key }, signal }), options);
		},
	};
}

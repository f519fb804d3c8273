import { multipartThreshold } from "#protocol";
import { anyPage, parseEndpoint } from "./endpoint.js";
import { isObject } from "./errors.js";
import { countFrom, fill, oneOf, type Rules, typed } from "./option-rules.js";
import {
	type ClientOptions,
	priorities,
	type Settings,
	type UploadFileOptions,
} from "./options.js";
import type { Platform } from "./platform.js";
import type { ResumeStore } from "./resume-store.js";

const retryRules: Rules = { limit: countFrom(0), networkLimit: countFrom(0) };

const clientRules: Rules = {
	endpoint: [(value) => value instanceof URL || typeof value === "string", "a URL"],
	concurrency: countFrom(1),
	maxBytesPerSecond: [
		(value) => (typeof value === "number" ? value >= 1_000 : typeof value === "function"),
		"a number from 1000, or a function",
	],
	retry: typed("an object"),
	// setTimeout takes 31 bits, and the wait for a response is four times as long
	stallTimeout: [
		(value) => typeof value === "number" && value > 0 && value < 2 ** 29,
		"milliseconds below 2^29",
	],
	checksum: typed("a boolean"),
	headers: typed("an object or a function"),
	agent: typed("an object"),
	dispatcher: typed("an object"),
	fetch: typed("a function"),
	messages: typed("an object"),
	multipartThreshold: countFrom(0),
	resume: [
		(value) => typeof value === "boolean" || !!(value as ResumeStore | null)?.set,
		"a boolean or a ResumeStore",
	],
};

const uploadRules: Rules = {
	...clientRules,
	contentType: typed("a string"),
	size: countFrom(0),
	metadata: [() => true, ""],
	priority: oneOf(priorities),
	wait: typed("a boolean"),
	onProgress: typed("a function"),
	signal: [(value) => isObject(value) && "aborted" in value, "an AbortSignal"],
};

/**
 * Checks the options of a client and returns its `concurrency`.
 *
 * @throws UploadError `invalid-request` for the first option that is unknown or has a bad value.
 */
export const checkClientOptions = (options: ClientOptions, platform: Platform): number =>
	normalize(clientRules, [options], { ...platform, baseUrl: () => anyPage }).concurrency;

/**
 * Checks the options of one upload and fills in defaults.
 *
 * @param options those of the client, and those of the upload, which override them
 * @param concurrency used when the options don't set one
 * @throws UploadError `invalid-request` for the first option that is unknown or has a bad value.
 */
export const normalizeOptions = (
	options: readonly object[],
	platform: Platform,
	concurrency?: number,
): Settings => normalize(uploadRules, options, platform, concurrency);

function normalize(
	rules: Rules,
	options: readonly object[],
	{ baseUrl, maxConcurrency }: Platform,
	concurrency: number = Infinity,
): Settings {
	const defaults = {
		endpoint: "",
		concurrency,
		retry: {},
		stallTimeout: 30_000,
		checksum: true,
		headers: {},
		fetch: (request: Request) => fetch(request),
		multipartThreshold,
	};
	const filled = fill<typeof defaults & UploadFileOptions>(rules, defaults, ...options);
	return {
		...filled,
		endpoint: parseEndpoint(filled.endpoint, baseUrl?.()),
		ceiling: filled.concurrency,
		concurrency: Math.min(filled.concurrency, maxConcurrency),
		retry: fill(retryRules, { limit: 8, networkLimit: 20 }, filled.retry),
	};
}

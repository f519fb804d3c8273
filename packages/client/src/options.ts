import { multipartThreshold } from "#protocol";
import { UploadError } from "./errors.js";
import type { Platform } from "./platform.js";

/** How far an upload has come. */
export interface Progress {
	/** Bytes; never falls, although a failed attempt is sent again. */
	readonly loaded: number;
	/** Bytes; absent while unknown. */
	readonly total?: number;
	/** Smoothed over some seconds. */
	readonly bytesPerSecond: number;
	/** Absent while nothing moves or the total is unknown. */
	readonly secondsLeft?: number;
}

/** Names and values; both kinds exist without the DOM's types too. */
export type HeaderValues = Headers | Readonly<Record<string, string>>;

/** Headers for the calls to the endpoint, or a function asked before every such call. */
export type HeadersOption =
	| HeaderValues
	| (() => HeaderValues | undefined | Promise<HeaderValues | undefined>);

/** How many failures a request may meet without progress in between. */
export interface RetryOptions {
	/** Answers that ask for another attempt, such as 503. @default 8 */
	readonly limit?: number;
	/** Attempts without an answer: connection lost, stalled. @default 20 */
	readonly networkLimit?: number;
}

/** Options of a client, and of a single upload over them. */
export interface TransferOptions {
	/** Parts in flight at once; a ceiling, bounded by what the runtime can use. @default 4 */
	readonly concurrency?: number;
	readonly retry?: RetryOptions;
	/** Milliseconds without a byte while sending; four times that while waiting for the answer. @default 30000 */
	readonly stallTimeout?: number;
	/** Digests the file, so that the storage refuses other bytes. @default true */
	readonly checksum?: boolean;
	/** Sent with the calls to the endpoint, never to the storage. */
	readonly headers?: HeadersOption;
	/** Makes the calls to the endpoint. @default the runtime's `fetch` */
	readonly fetch?: (request: Request) => Promise<Response>;
	/** Files above this many bytes go in parts. @default 100000000 */
	readonly multipartThreshold?: number;
}

export interface ClientOptions extends TransferOptions {
	/** Where the upload handler is mounted; in browsers also relative to the page. */
	readonly endpoint: string | URL;
}

export interface UploadOptions extends TransferOptions {
	/** The MIME type. @default the file's own */
	readonly contentType?: string;
	readonly onProgress?: (progress: Progress) => void;
	/** Aborts the upload; its reason becomes the `cause`. */
	readonly signal?: AbortSignal;
}

/** `metadata`, as the rule wants it: required, optional, or refused. */
export type MetadataOption<Metadata> = [Metadata] extends [undefined]
	? { readonly metadata?: never }
	: undefined extends Metadata
		? { readonly metadata?: Metadata }
		: { readonly metadata: Metadata };

/** Options of a bare `uploadFile`. */
export interface UploadFileOptions extends ClientOptions, UploadOptions {
	/** Input of the rule's metadata schema. */
	readonly metadata?: unknown;
}

/** All options of one upload, checked and filled. */
export interface Settings {
	/** Absolute. */
	readonly endpoint: URL;
	readonly concurrency: number;
	readonly retry: Required<RetryOptions>;
	readonly stallTimeout: number;
	readonly checksum: boolean;
	readonly headers: HeadersOption;
	readonly fetch: (request: Request) => Promise<Response>;
	readonly multipartThreshold: number;
	readonly contentType?: string;
	readonly onProgress?: (progress: Progress) => void;
	readonly signal?: AbortSignal;
	readonly metadata?: unknown;
}

type Rule = readonly [accepts: (value: unknown) => boolean, wants: string];

const isCount = (from: number) => (value: unknown) =>
	Number.isSafeInteger(value) && Number(value) >= from;
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const isFunction = (value: unknown): boolean => typeof value === "function";

const retryRules: Readonly<Record<string, Rule>> = {
	limit: [isCount(0), "a whole number from 0"],
	networkLimit: [isCount(0), "a whole number from 0"],
};

const clientRules: Readonly<Record<string, Rule>> = {
	endpoint: [
		(value) => (typeof value === "string" && value !== "") || value instanceof URL,
		"a URL",
	],
	concurrency: [isCount(1), "a whole number from 1"],
	retry: [isObject, "an object with `limit` and `networkLimit`"],
	stallTimeout: [
		// setTimeout takes 31 bits, and the wait for an answer is four times as long
		(value) => typeof value === "number" && value > 0 && value <= 2 ** 29,
		"milliseconds above 0, up to 2^29",
	],
	checksum: [(value) => typeof value === "boolean", "true or false"],
	headers: [
		(value) => isObject(value) || isFunction(value),
		"headers or a function that returns them",
	],
	fetch: [isFunction, "a function"],
	multipartThreshold: [isCount(0), "a whole number of bytes from 0"],
};

const uploadRules: Readonly<Record<string, Rule>> = {
	...clientRules,
	contentType: [(value) => typeof value === "string", "a MIME type"],
	metadata: [() => true, ""],
	onProgress: [isFunction, "a function"],
	signal: [(value) => isObject(value) && "aborted" in value, "an AbortSignal"],
};

function check(where: string, given: unknown, rules: Readonly<Record<string, Rule>>): void {
	if (!isObject(given)) throw invalid(`${where} must be an object.`);
	for (const [name, value] of Object.entries(given)) {
		if (!Object.hasOwn(rules, name)) {
			throw invalid(`${where} have no \`${name}\`; known are ${Object.keys(rules).join(", ")}.`);
		}
		const [accepts, wants] = rules[name] as Rule;
		if (value !== undefined && !accepts(value)) throw invalid(`\`${name}\` must be ${wants}.`);
	}
}

const invalid = (message: string): UploadError => new UploadError("invalid-request", message);

/** @throws UploadError `invalid-request` for the first option that is unknown or has a bad value. */
export function checkClientOptions(options: ClientOptions, platform: Platform): void {
	check("The client's options", options, clientRules);
	normalize(options, platform);
}

/**
 * Checks and fills the options of one upload.
 *
 * @throws UploadError `invalid-request` for the first option that is unknown or has a bad value.
 */
export function normalizeOptions(options: UploadFileOptions, platform: Platform): Settings {
	check("The options", options, uploadRules);
	return normalize(options, platform);
}

function normalize(options: UploadFileOptions, platform: Platform): Settings {
	const { retry = {}, contentType, onProgress, signal, metadata } = options;
	check("The options of `retry`", retry, retryRules);
	return {
		endpoint: parseEndpoint(options.endpoint, platform),
		concurrency: Math.min(options.concurrency ?? 4, platform.maxConcurrency),
		retry: { limit: retry.limit ?? 8, networkLimit: retry.networkLimit ?? 20 },
		stallTimeout: options.stallTimeout ?? 30_000,
		checksum: options.checksum ?? true,
		headers: options.headers ?? {},
		fetch: options.fetch ?? ((request) => fetch(request)),
		multipartThreshold: options.multipartThreshold ?? multipartThreshold,
		...(contentType ? { contentType } : {}),
		...(onProgress ? { onProgress } : {}),
		...(signal ? { signal } : {}),
		...(metadata === undefined ? {} : { metadata }),
	};
}

function parseEndpoint(endpoint: string | URL | undefined, platform: Platform): URL {
	if (endpoint === undefined)
		throw invalid("`endpoint` is missing: give the upload handler's URL.");
	let url: URL;
	try {
		url = new URL(endpoint, platform.baseUrl);
	} catch {
		// the constructor's own error repeats the URL, and with it any secret inside
		throw invalid("`endpoint` must be an absolute URL.");
	}
	if (!/^https?:$/.test(url.protocol)) throw invalid("`endpoint` must be an http or https URL.");
	if (url.username || url.password) {
		throw invalid("`endpoint` must hold no user name or password: use `headers`.");
	}
	return url;
}

import type {
	ErrorCode,
	PartRange,
	PartWindow,
	PresignProvider,
	SignedRequest,
	UploadError,
} from "@skyput/server/provider";

const allowedCodes: readonly ErrorCode[] = [
	"unsupported",
	"upload-not-found",
	"not-found",
	"already-exists",
	"conflict",
	"invalid-parts",
	"checksum-mismatch",
	"forbidden",
	"storage-error",
	"storage-unavailable",
];

/** https://fetch.spec.whatwg.org/#forbidden-request-header, without those that only matter with a value. */
const forbiddenHeader =
	/^(accept-(charset|encoding)|access-control-.*|connection|content-length|cookie2?|date|dnt|expect|host|keep-alive|origin|permissions-policy|referer|set-cookie|te|trailer|transfer-encoding|upgrade|via|proxy-.*|sec-.*)$/i;

const outcomeKey = /^[1-5]\d\d( [\w.-]+)?$/;
const outcomes: readonly string[] = ["exists", "retry", "resign", "ask", "fail"];

/** Milliseconds by which the two spellings of an expiry may differ: both come from one clock. */
const tolerance = 10_000;

/** A provider that is watched: what breaks its contract is noted. */
export interface WatchedProvider {
	readonly provider: PresignProvider;
	readonly violations: readonly string[];
}

/** Watches every call of a provider. */
export function watch(provider: PresignProvider): WatchedProvider {
	const violations = new Set<string>();
	/** Parts of signed URLs that nobody else may see: long values of their queries. */
	const secrets = new Set<string>();
	const addProblem = (broken: unknown, sentence: string): void => {
		if (broken) violations.add(sentence);
	};

	function checkSigned(signed: Signed, asked: number): void {
		const { headers, expiresIn, expiresAt } = signed;
		const expiry = Date.parse(expiresAt) - Date.now();
		addProblem(
			!(Number.isInteger(expiresIn) && expiresIn >= 1),
			"expiresIn is not a positive whole number",
		);
		addProblem(expiresIn > asked, "expiresIn is more than was asked for");
		const most = provider.capabilities.signing.maxExpiresIn;
		addProblem(expiresIn > most, "expiresIn is more than signing.maxExpiresIn");
		addProblem(
			!(Math.abs(expiry - expiresIn * 1000) < tolerance),
			"expiresAt differs from expiresIn",
		);
		for (const [name, value] of Object.entries(headers)) {
			addProblem(forbiddenHeader.test(name), `browsers forbid the header ${name}`);
			addProblem(name !== name.toLowerCase(), `the header ${name} is not in lower case`);
			addProblem(!/^[\x20-\x7e]*$/.test(value), `the header ${name} is not printable ASCII`);
		}
		for (const url of signed.urls) {
			addProblem(!/^https?:$/.test(URL.parse(url)?.protocol ?? ""), "a URL is not absolute");
			for (const value of URL.parse(url)?.searchParams.values() ?? []) {
				// dates and the names of algorithms are no secrets
				if (value.length >= 16 && !/^[A-Z\d:.-]+$/.test(value)) secrets.add(value);
			}
		}
	}

	function checkSent({ method, receiptHeader, outcomes: meanings = {} }: Sent): void {
		addProblem(method !== "PUT", "the method is not PUT");
		addProblem(
			receiptHeader !== null && !receiptHeader,
			"receiptHeader is neither a name nor null",
		);
		for (const [key, outcome] of Object.entries(meanings)) {
			const isKnown = outcomeKey.test(key) && outcomes.includes(outcome);
			addProblem(!isKnown, `the outcome ${key} of a request is not known`);
		}
	}

	function checkWindow(window: PartWindow, { first, count }: PartRange): void {
		const { urls, values } = window;
		for (const value of values) if (value.length >= 16) secrets.add(value);
		addProblem(window.first !== first, "the window begins with another part");
		addProblem(window.count !== count, "the window has another number of parts than was asked for");
		addProblem(values.length !== count, "the window has another number of values than parts");
		addProblem(urls.length === 0, "the window has no URL");
		addProblem(
			count > 1 && urls.some((url) => !/\{(value|partNumber)\}/.test(url)),
			"a URL of the window is the same for all parts",
		);
	}

	/** Passes a call on, and looks at its error. */
	async function call<Result>(work: () => Promise<Result>): Promise<Result> {
		try {
			return await work();
		} catch (error) {
			const { name, code, message = "", reason = "" } = (error ?? {}) as Partial<UploadError>;
			const isOurs = name === "UploadError" && code !== undefined && allowedCodes.includes(code);
			addProblem(!isOurs, `it throws ${name} ${code ?? ""}: ${message}`.trim());
			const text = decode(`${message} ${reason}`);
			const leaks = /:\/\/[^\s"']*\?/.test(text) || [...secrets].some((s) => text.includes(s));
			addProblem(leaks, "an error holds a signed URL");
			throw error;
		}
	}

	const watched: PresignProvider = {
		...provider,
		signUpload: (spec, options) =>
			call(async () => {
				const signed = await provider.signUpload(spec, options);
				checkSigned({ ...signed, urls: [signed.url] }, options.expiresIn);
				checkSent(signed);
				return signed;
			}),
		createMultipart: (spec, options) =>
			call(async () => {
				const ref = await provider.createMultipart(spec, options);
				addProblem(ref.key !== spec.key, "the reference of an upload has another key");
				addProblem(!ref.id, "the reference of an upload has no id");
				return ref;
			}),
		signParts: (ref, range, options) =>
			call(async () => {
				const window = await provider.signParts(ref, range, options);
				checkSigned(window, options.expiresIn);
				checkSent(window);
				checkWindow(window, range);
				return window;
			}),
		listParts: (ref, options) =>
			call(async () => {
				const page = await provider.listParts(ref, options);
				const numbers = page.parts.map(({ partNumber }) => partNumber);
				const isAscending = numbers.every((n, i) => n > (numbers[i - 1] ?? options.after ?? 0));
				addProblem(!isAscending, "the listed parts do not ascend from the one asked for");
				return page;
			}),
		completeMultipart: (ref, parts, options) =>
			call(async () => {
				const info = await provider.completeMultipart(ref, parts, options);
				addProblem(info.key !== ref.key, "the completed object has another key");
				return info;
			}),
		abortMultipart: (ref) => call(() => provider.abortMultipart(ref)),
		head: (key) =>
			call(async () => {
				const info = await provider.head(key);
				addProblem(info && info.key !== key, "head returns another key");
				return info;
			}),
		signDownload: (key, options) =>
			call(async () => {
				const signed = await provider.signDownload(key, options);
				checkSigned({ ...signed, urls: [signed.url] }, options.expiresIn);
				addProblem(signed.method !== "GET", "the method of a download is not GET");
				return signed;
			}),
		delete: (key, options) => call(() => provider.delete(key, options)),
		copy: (source, target, options) =>
			call(async () => {
				const info = await provider.copy(source, target, options);
				addProblem(info.key !== target, "the copy has another key");
				return info;
			}),
	};
	return {
		provider: watched,
		get violations() {
			return [...violations];
		},
	};
}

type Signed = Pick<SignedRequest, "headers" | "expiresIn" | "expiresAt"> & {
	readonly urls: readonly string[];
};
type Sent = Pick<SignedRequest, "receiptHeader" | "outcomes"> & { readonly method: string };

const decode = (text: string): string => {
	try {
		return `${text} ${decodeURIComponent(text)}`;
	} catch {
		return text;
	}
};

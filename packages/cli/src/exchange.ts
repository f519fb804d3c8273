/** An HTTP response: of the endpoint, the storage, or a proxy in front of them. */
export interface Answer {
	readonly status: number;
	readonly headers: Headers;
	readonly text: string;
	/** Seconds by which this machine's clock is ahead of the answer's Date; undefined without one. */
	readonly skew: number | undefined;
}

/** What is sent. */
export interface Request {
	readonly method?: string | undefined;
	readonly headers?: Readonly<Record<string, string>> | undefined;
	readonly body?: string | Uint8Array<ArrayBuffer> | undefined;
	/** Milliseconds to wait for a response. @default 20,000 */
	readonly timeout?: number | undefined;
}

/** There was no answer: a name that does not resolve, a closed port, a time-out, a certificate. */
export class NoAnswerError extends Error {
	override readonly name = "NoAnswerError";
	/** A clause with a full stop, such as `nothing listens on that port.` */
	readonly reason: string;

	/**
	 * @param url - What was called.
	 * @param cause - Why there was no answer.
	 */
	constructor(url: string, cause: unknown) {
		const reason = reasonOf(cause);
		// without path and query, which may be signed
		super(`${new URL(url).origin} gave no answer: ${reason}`, { cause });
		this.reason = reason;
	}
}

/** The most characters that are read of an answer. */
const longestText = 1_000_000;

function reasonOf(cause: unknown): string {
	const inner = cause instanceof Error ? (cause.cause ?? cause) : cause;
	const { code, message, name } = Object(inner) as Record<string, unknown>;
	if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "the name does not resolve.";
	if (code === "ECONNREFUSED") return "nothing listens on that port.";
	if (name === "TimeoutError") return "it did not answer in time.";
	if (message === "bad port") return "fetch and browsers block that port.";
	return `${typeof code === "string" ? code : String(message ?? inner)}.`;
}

/**
 * Sends one request and reads the answer, without following redirects.
 *
 * @throws NoAnswerError where there is none.
 */
export type Exchange = (url: string, request?: Request) => Promise<Answer>;

/**
 * How a command sends its requests.
 *
 * @param userAgent - Tells its requests from others in access logs.
 */
export const exchangeAs =
	(userAgent: string): Exchange =>
	(url, { headers, ...request } = {}) =>
		exchange(url, { ...request, headers: { "user-agent": userAgent, ...headers } });

async function exchange(url: string, request: Request): Promise<Answer> {
	const { method = "GET", headers = {}, body = null, timeout = 20_000 } = request;
	try {
		const signal = AbortSignal.timeout(timeout);
		const response = await fetch(url, { method, headers, body, redirect: "manual", signal });
		const seconds = (Date.now() - Date.parse(response.headers.get("date") ?? "")) / 1000;
		return {
			status: response.status,
			headers: response.headers,
			text: (await response.text()).slice(0, longestText),
			skew: Number.isNaN(seconds) ? undefined : Math.round(seconds),
		};
	} catch (cause) {
		throw new NoAnswerError(url, cause);
	}
}

/** The names and words of an error in S3's XML. */
export interface StorageRefusal {
	readonly code: string;
	readonly message: string;
}

/** Text of a server, without queries of URLs, which may be signed, and without control characters. */
const printable = (text: string): string =>
	text.replace(/[?&]\S*=\S*/g, "?[removed]").replace(/\p{Cc}+/gu, " ");

/** Reads an error of S3, fit to be printed; undefined where the answer is none. */
export function readRefusal({ text }: Answer): StorageRefusal | undefined {
	const member = (name: string): string | undefined => {
		const found = new RegExp(`<${name}>([^<]{0,500})`).exec(text)?.[1];
		return found === undefined ? undefined : printable(found);
	};
	const code = member("Code");
	return code === undefined ? undefined : { code, message: member("Message") ?? "" };
}

/** A refusal in words. */
export function describeAnswer(answer: Answer): string {
	const refusal = readRefusal(answer);
	return refusal ? `${answer.status} ${refusal.code} (${refusal.message})` : `${answer.status}`;
}

import { once } from "node:events";
import { type IncomingMessage, request as requestByTcp } from "node:http";
import { request as requestByTls } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { hasCode, UploadError } from "../errors.js";
import type { ObjectInfo } from "../object-spec.js";
import { lastingVersion } from "../operations/delete-version.js";
import type { PresignProvider } from "../provider.js";

/** One version of an object, and how it is reached. */
export interface PinnedObject {
	readonly provider: Pick<PresignProvider, "signDownload">;
	/** From `head`: the version, else the etag, is what is read. */
	readonly object: ObjectInfo;
	readonly signal: AbortSignal;
	/** Milliseconds before the next attempt after this many failures; for tests. @default 200 ms, doubled each time */
	readonly retryDelay?: ((failures: number) => number) | undefined;
}

/** Attempts in a row that bring no byte. */
const maxAttempts = 5;

/** Milliseconds without a byte before an attempt ends. */
const stallTimeout = 30_000;

const defaultDelay = (failures: number): number => 100 * 2 ** failures * (0.5 + Math.random() / 2);

/**
 * The bytes from `start` to `end` (exclusive), as they arrive. A broken transfer continues where it stopped.
 *
 * @throws UploadError `conflict` when the object was replaced, `not-found` when it is gone, `unsupported` when it
 *   is stored with a Content-Encoding.
 */
export async function* readRange(
	source: PinnedObject,
	start: number,
	end: number,
): AsyncGenerator<Uint8Array> {
	const { signal, retryDelay = defaultDelay } = source;
	let position = start;
	for (let failures = 0; position < end; ) {
		try {
			for await (const chunk of attempt(source, position, end)) {
				position += chunk.length;
				failures = 0;
				yield chunk;
			}
		} catch (error) {
			failures += 1;
			if (signal.aborted || !hasCode(error, "storage-unavailable")) throw error;
			if (failures === maxAttempts) throw error;
			await sleep(retryDelay(failures), undefined, { signal });
		}
	}
}

async function* attempt(
	{ provider, object, signal }: PinnedObject,
	start: number,
	end: number,
): AsyncGenerator<Uint8Array> {
	requireIdentity(object.contentEncoding);
	const { etag } = object;
	const version = lastingVersion(object);
	if (version === undefined && etag === undefined) {
		throw new UploadError(
			"unsupported",
			"The storage names neither a version nor an etag to read.",
		);
	}
	const signed = await provider.signDownload(object.key, { expiresIn: 300, version });
	const controller = new AbortController();
	const either = AbortSignal.any([signal, controller.signal]);
	/** Fails where nothing arrives in time; a slow consumer costs no time. */
	const inTime = async <Result>(work: Promise<Result>): Promise<Result> => {
		const timer = setTimeout(() => controller.abort(), stallTimeout);
		try {
			return await work;
		} catch (cause) {
			signal.throwIfAborted();
			if (cause instanceof UploadError) throw cause;
			throw unavailable("The storage's response broke off.", cause);
		} finally {
			clearTimeout(timer);
		}
	};
	const headers = {
		...signed.headers,
		"accept-encoding": "identity",
		range: `bytes=${start}-${end - 1}`,
		...(version !== undefined || etag === undefined ? {} : { "if-match": etag }),
	};
	const response = await inTime(get(signed.url, headers, either));
	try {
		checkResponse(response, object, start, end);
		const body: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]();
		let left = end - start;
		for (;;) {
			const next = await inTime(body.next());
			if (next.done) break;
			left -= next.value.length;
			if (left < 0) throw storageError("The storage sent more bytes than were asked for.");
			yield next.value;
		}
		if (left > 0) throw unavailable("The storage's response ended early.");
	} finally {
		response.destroy();
	}
}

/** Not by fetch: it copies each chunk once more, and so leaves twice the memory to the garbage collection. */
async function get(
	url: string,
	headers: Readonly<Record<string, string>>,
	signal: AbortSignal,
): Promise<IncomingMessage> {
	const send = url.startsWith("https:") ? requestByTls : requestByTcp;
	const request = send(url, { headers, signal });
	// of a response that has begun, its reader is told
	request.on("error", () => undefined);
	request.end();
	// of an answer that switches protocols, node:http says nothing
	const [response] = (await once(request, "response", { signal })) as [IncomingMessage];
	return response;
}

function checkResponse(
	{ statusCode: status = 0, headers }: IncomingMessage,
	object: ObjectInfo,
	start: number,
	end: number,
): void {
	if (status === 404) throw new UploadError("not-found", "The object is no longer stored.");
	if (status === 412 || status === 416) throw replaced();
	if (status === 403 || status === 401) {
		const detail = `The storage refused to read ${object.key} (HTTP ${status}). Does the role allow s3:GetObject, and s3:GetObjectVersion with versions?`;
		throw new UploadError("forbidden", detail);
	}
	if (status === 408 || status === 429 || status >= 500) {
		throw unavailable(`The storage answered a read with HTTP ${status}.`);
	}
	const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers["content-range"] ?? "");
	const isWhole = status === 200 && start === 0 && end === object.size;
	if (!isWhole && (status !== 206 || !range)) {
		throw storageError(
			`The storage answered a read of bytes ${start} to ${end} with HTTP ${status}.`,
		);
	}
	if (range && Number(range[3]) !== object.size) throw replaced();
	if (range && (Number(range[1]) !== start || Number(range[2]) !== end - 1)) {
		throw storageError(`The storage answered with other bytes than ${start} to ${end}.`);
	}
	const { etag } = headers;
	if (object.etag !== undefined && etag !== undefined && etag !== object.etag) throw replaced();
	requireIdentity(headers["content-encoding"]);
}

/** Some storages decode the body on the way, and what is scanned must be what is stored. */
function requireIdentity(encoding: string | undefined): void {
	if (encoding === undefined || /^(?:identity|aws-chunked)?$/i.test(encoding)) return;
	const detail = `The object is stored with Content-Encoding ${encoding}, which the steps do not decode.`;
	throw new UploadError("unsupported", detail);
}

const replaced = (): UploadError =>
	new UploadError("conflict", "The object was replaced while it was read.");

const storageError = (detail: string): UploadError => new UploadError("storage-error", detail);

const unavailable = (detail: string, cause?: unknown): UploadError =>
	new UploadError("storage-unavailable", detail, { cause });

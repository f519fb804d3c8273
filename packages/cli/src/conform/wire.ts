import {
	type MultipartPlan,
	type OperationName,
	operations,
	type PartWindow,
	partUrl,
	type SignedRequest,
	type SinglePlan,
} from "@skyput/protocol";
import { algorithms, digestsOf } from "../digests.js";
import type { Answer, Request } from "../exchange.js";
import { exchange } from "./exchange.js";
import { expectReply, SkippedError } from "./expect-answer.js";

/** A server to hold to the contract. */
export interface ConformSubject {
	/** Where it is mounted, without a slash at the end. */
	readonly url: string;
	/** A key that the caller may store; `{random}` becomes a UUID, another one for every upload. */
	readonly key: string;
	/** Of the objects. */
	readonly contentType: string;
	/** Headers of every call. */
	readonly headers: Readonly<Record<string, string>>;
	/** Headers of another caller, who may store the key as well. */
	readonly otherHeaders?: Readonly<Record<string, string>> | undefined;
	/** Of a page that may call; without one, the cases about pages are skipped. */
	readonly origin?: string | undefined;
	/** A key that the caller may not store. */
	readonly refusedKey?: string | undefined;
	/** Whether the rule of the key allows to overwrite. */
	readonly overwrite: boolean;
}

/** Sends the calls of the cases. */
export interface Wire {
	readonly subject: ConformSubject;
	/** A new key. */
	key(): string;
	/** Calls an operation of the contract. @throws NoAnswerError */
	call(
		operation: OperationName,
		message: object,
		headers?: Readonly<Record<string, string>>,
	): Promise<Answer>;
	/** Sends anything to a path below the endpoint. */
	raw(path: string, request: Request): Promise<Answer>;
	/** Sends a signed request. */
	put(request: Pick<SignedRequest, "url" | "headers" | "method">, body: Bytes): Promise<Answer>;
	/** Begins the upload of a small file. */
	createSingle(extra?: object): Promise<SinglePlan>;
	/** Begins an upload in parts. @param size - Null for an unknown length */
	createMultipart(size: number | null, extra?: object): Promise<MultipartPlan>;
	/** Sends one part of a window. */
	putPart(window: PartWindow, partNumber: number, body: Bytes): Promise<Answer>;
}

/** One thing that every server of the contract does. */
export interface WireCase {
	/** Stable. */
	readonly name: string;
	/** What holds, as one sentence. */
	readonly sentence: string;
	/** What is sent. */
	readonly request: string;
	/** What is expected. */
	readonly expects: string;
	/** Sends the request. @throws MismatchError, or SkippedError where the server has no such operation */
	run(wire: Wire): Promise<void>;
}

export type Bytes = Uint8Array<ArrayBuffer>;

/** The small file. */
export const smallFile: Bytes = new TextEncoder().encode("skyput conform");

/** Milliseconds for a part of 16 MiB on a slow connection. */
const partTimeout = 300_000;

/** Opens a server for the cases. */
export function openWire(subject: ConformSubject): Wire {
	const { url, key, contentType, headers } = subject;
	const newKey = (): string => key.replaceAll("{random}", crypto.randomUUID());
	const raw: Wire["raw"] = (path, request) => exchange(url + path, request);

	const call: Wire["call"] = (operation, message, extra = {}) => {
		const { method, path } = operations[operation];
		const below = path === "" ? "" : `/${path}`;
		if (method === "GET") {
			const entries = Object.entries(message).map(([name, value]) => [name, String(value)]);
			const query = new URLSearchParams(Object.fromEntries(entries));
			return raw(`${below}?${query}`, { headers: { ...headers, ...extra } });
		}
		const json = { "content-type": "application/json" };
		const body = JSON.stringify(message);
		return raw(below, { method, headers: { ...json, ...headers, ...extra }, body });
	};

	const put: Wire["put"] = (request, body) =>
		exchange(request.url, {
			method: request.method,
			headers: request.headers,
			body,
			timeout: partTimeout,
		});

	const request = { v: 1, contentType, algorithms };
	return {
		subject,
		key: newKey,
		call,
		raw,
		put,
		async createSingle(extra = {}) {
			const size = smallFile.length;
			const own = { key: newKey(), size, kinds: ["single"], checksums: digestsOf(smallFile) };
			const answer = await call("create", { ...request, ...own, ...extra });
			if (answer.status === 501) throw new SkippedError("no plan of kind single");
			return expectReply<SinglePlan>(answer, 201, "SinglePlan");
		},
		async createMultipart(size, extra = {}) {
			const own = { key: newKey(), size, kinds: ["multipart"], multipart: true };
			const answer = await call("create", { ...request, ...own, ...extra });
			if (answer.status === 501) throw new SkippedError("no plan of kind multipart");
			return expectReply<MultipartPlan>(answer, 201, "MultipartPlan");
		},
		putPart(window, partNumber, body) {
			const { partChecksum: digest } = window;
			const value = digestsOf(body).find((one) => one.algorithm === digest?.algorithm)?.value;
			const extra = digest && value ? { [digest.header]: value } : {};
			const headers = { ...window.headers, ...extra };
			return put({ ...window, url: partUrl(window, partNumber), headers }, body);
		},
	};
}

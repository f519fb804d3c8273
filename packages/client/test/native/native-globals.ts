import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import http from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { TextEncoder } from "node:util";
import vm from "node:vm";

/** A body as React Native's JavaScript hands it to native code. */
export type NativeBodyKind = "uri" | "base64" | "string" | "none";

/** A request that native code was asked to send. */
export interface NativeRequest {
	readonly method: string;
	readonly url: string;
	readonly kind: NativeBodyKind;
}

/** The globals of an app of React Native, and what native code did for it. */
export interface NativeGlobals {
	readonly context: vm.Context;
	readonly requests: readonly NativeRequest[];
	/** Takes the network away, and gives it back. */
	setOffline(is: boolean): void;
	/** Ends the app: native code drops its requests, and nothing that JavaScript waits for comes. */
	kill(): void;
}

const require = createRequire(import.meta.url);

/** What V8 has of JavaScript and Hermes of React Native 0.79 has not. */
const removeFromV8 = `
	for (const [owner, names] of [
		[Promise, ["withResolvers", "try"]],
		[Array, ["fromAsync"]],
		[Array.prototype, ["toSorted", "toReversed", "toSpliced", "with"]],
		[Object, ["groupBy"]],
		[Map, ["groupBy"]],
		[Set.prototype, ["union", "intersection", "difference", "isSubsetOf", "isSupersetOf"]],
		[String.prototype, ["isWellFormed", "toWellFormed"]],
		[ArrayBuffer.prototype, ["transfer", "transferToFixedLength", "resize", "resizable", "detached"]],
		[Error, ["isError"]],
		[globalThis, ["Iterator", "SharedArrayBuffer", "Atomics", "WebAssembly", "FinalizationRegistry"]],
	]) for (const name of names) delete owner[name];
	globalThis.global = globalThis.window = globalThis.self = globalThis;
`;

/**
 * Makes the globals of React Native on Hermes, as far as an upload can meet them: its own XMLHttpRequest over
 * `node:http`, and the same packages as it has for `fetch` and AbortController. What it lacks is missing here.
 */
export async function createNativeGlobals(): Promise<NativeGlobals> {
	const requests: NativeRequest[] = [];
	const running = new Set<http.ClientRequest>();
	let offline = false;
	let killed = false;
	const timers = new Set<NodeJS.Timeout>();
	/** Runs a callback of native code in the app, unless it is gone. */
	const call = (callback: (() => void) | undefined): void => {
		if (!killed) callback?.();
	};
	const keep = (timer: NodeJS.Timeout): NodeJS.Timeout => {
		timers.add(timer);
		return timer;
	};

	class NativeBlob {
		constructor(readonly parts: readonly unknown[] = []) {
			if (parts.some((part) => ArrayBuffer.isView(part) || part instanceof ArrayBuffer)) {
				throw new Error(
					"Creating blobs from 'ArrayBuffer' and 'ArrayBufferView' are not supported",
				);
			}
		}
		get size(): number {
			return Buffer.byteLength(this.parts.join(""));
		}
	}

	class NativeFileReader {
		result: string | undefined;
		onload: (() => void) | undefined;
		readAsText(blob: NativeBlob): void {
			this.result = blob.parts.join("");
			queueMicrotask(() => call(this.onload));
		}
	}

	class NativeRequestByXhr {
		readonly upload: { onprogress?: (event: { loaded: number }) => void } = {};
		onload: (() => void) | undefined;
		onerror: (() => void) | undefined;
		onabort: (() => void) | undefined;
		onprogress: (() => void) | undefined;
		onreadystatechange: (() => void) | undefined;
		readyState = 0;
		responseType = "";
		response: unknown;
		responseText = "";
		responseURL: string | undefined;
		status = 0;
		timeout = 0;
		withCredentials = true;
		#method = "";
		#url = "";
		readonly #headers: Record<string, string> = {};
		#received: http.IncomingHttpHeaders | undefined;
		#running: http.ClientRequest | undefined;

		open(method: string, url: string): void {
			if (this.readyState !== 0) throw new Error("Cannot open, already sending");
			this.#method = method;
			this.#url = url;
			this.readyState = 1;
		}
		setRequestHeader(name: string, value: string): void {
			if (this.readyState !== 1) throw new Error("Request has not been opened");
			this.#headers[name.toLowerCase()] = value;
		}
		getAllResponseHeaders(): string | null {
			if (!this.#received) return null;
			const lines = Object.entries(this.#received).map(([name, value]) => `${name}: ${value}`);
			return `${lines.join("\r\n")}\r\n`;
		}
		abort(): void {
			if (this.readyState === 4) return;
			this.readyState = 4;
			this.onload = this.onerror = undefined;
			this.#running?.destroy();
			call(this.onabort);
		}
		send(body?: unknown): void {
			void this.#exchange(body).catch(() => call(this.onerror));
		}

		/** What native code does with the body that JavaScript converted for it. */
		async #exchange(body: unknown): Promise<void> {
			const { kind, content } = await toNative(body);
			requests.push({ method: this.#method, url: this.#url, kind });
			if (offline || killed) throw new Error("offline");
			// Android's words: "Payload is set but no content-type header specified"
			if (kind !== "none" && !this.#headers["content-type"]) throw new Error("no content-type");
			const headers = { ...this.#headers, "content-length": content?.size ?? 0 };
			const request = http.request(this.#url, { method: this.#method, headers });
			this.#running = request;
			running.add(request);
			const response = new Promise<http.IncomingMessage>((resolve, reject) => {
				request.on("response", resolve).on("error", reject);
			});
			response.catch(() => {});
			let loaded = 0;
			for await (const chunk of content?.chunks() ?? []) {
				if (request.destroyed) break;
				await new Promise<void>((resolve) => request.write(chunk, () => resolve()));
				loaded += chunk.length;
				call(() => this.upload.onprogress?.({ loaded }));
			}
			request.end();
			const incoming = await response;
			this.#received = incoming.headers;
			this.status = incoming.statusCode ?? 0;
			const text = Buffer.concat(await incoming.toArray()).toString();
			running.delete(request);
			this.responseURL = this.#url;
			this.readyState = 4;
			if (this.responseType === "blob") this.response = new NativeBlob([text]);
			else this.response = this.responseText = text;
			call(this.onload);
		}
	}

	const context = vm.createContext({
		console,
		performance: { now: () => performance.now() },
		queueMicrotask,
		setTimeout: (task: () => void, time?: number) => keep(setTimeout(() => call(task), time)),
		clearTimeout: (timer: NodeJS.Timeout) => clearTimeout(timer),
		setInterval: (task: () => void, time?: number) => keep(setInterval(() => call(task), time)),
		clearInterval: (timer: NodeJS.Timeout) => clearInterval(timer),
		setImmediate: (task: () => void) => setImmediate(() => call(task)),
		TextEncoder,
		atob,
		btoa,
		Blob: NativeBlob,
		FileReader: NativeFileReader,
		FormData: class {},
		URLSearchParams: class {},
		// of which this package can use nothing
		URL: class {},
		XMLHttpRequest: NativeRequestByXhr,
		navigator: { product: "ReactNative" },
	});
	vm.runInContext(removeFromV8, context);
	for (const script of ["abort-controller/dist/abort-controller.umd.js", "whatwg-fetch"]) {
		vm.runInContext(await readFile(require.resolve(script), "utf8"), context);
	}
	vm.runInContext("Object.assign(globalThis, AbortControllerShim)", context);
	return {
		context,
		requests,
		setOffline(is) {
			offline = is;
			if (is) for (const request of running) request.destroy();
		},
		kill() {
			killed = true;
			for (const timer of timers) clearInterval(timer);
			for (const request of running) request.destroy();
		},
	};
}

interface NativeContent {
	readonly size: number;
	chunks(): AsyncIterable<Buffer> | Iterable<Buffer>;
}

/** As React Native's `convertRequestBody`: a file by its address, bytes as base64, and nothing else. */
async function toNative(
	body: unknown,
): Promise<{ readonly kind: NativeBodyKind; readonly content?: NativeContent }> {
	if (body === undefined || body === null) return { kind: "none" };
	if (typeof body === "string") return { kind: "string", content: inMemory(Buffer.from(body)) };
	if (ArrayBuffer.isView(body)) {
		const { buffer, byteOffset, byteLength } = body;
		const base64 = Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString("base64");
		return { kind: "base64", content: inMemory(Buffer.from(base64, "base64")) };
	}
	const { uri } = body as { readonly uri?: unknown };
	if (typeof uri !== "string") throw new TypeError("Unsupported body");
	const path = fileURLToPath(uri);
	const { size } = await stat(path);
	return { kind: "uri", content: { size, chunks: () => createReadStream(path) } };
}

function inMemory(bytes: Buffer): NativeContent {
	return {
		size: bytes.length,
		*chunks() {
			for (let start = 0; start < bytes.length; start += 65_536) {
				yield bytes.subarray(start, start + 65_536);
			}
		},
	};
}

/** A request of the page: to the upload handler, or with bytes to the storage. */
export interface SentRequest {
	readonly id: number;
	readonly kind: "call" | "bytes";
	/** What it is for: `sign`, `part 3`. */
	readonly label: string;
	/** From the top; requests in one lane follow each other. */
	readonly lane: number;
	/** Milliseconds of `performance.now()`. */
	readonly start: number;
	/** Absent while it runs. */
	readonly end?: number;
	/** HTTP status; 0 without an answer. */
	readonly status?: number;
}

/** The latest ones are kept. */
const most = 300;
let requests: readonly SentRequest[] = [];
const listeners = new Set<() => void>();

const change = (next: readonly SentRequest[]): void => {
	requests = next.slice(-most);
	for (const listener of listeners) listener();
};

/** The requests of this page, for `useSyncExternalStore`. */
export const sentRequests = {
	subscribe(listener: () => void): () => void {
		listeners.add(listener);
		return () => listeners.delete(listener);
	},
	snapshot: (): readonly SentRequest[] => requests,
};

let count = 0;

/** @returns a function that is called with the status at the end */
function begin(kind: SentRequest["kind"], label: string): (status: number) => void {
	const busy = new Set(requests.flatMap(({ end, lane }) => (end === undefined ? [lane] : [])));
	let lane = 0;
	while (busy.has(lane)) lane++;
	const id = ++count;
	change([...requests, { id, kind, label, lane, start: performance.now() }]);
	let ended = false;
	return (status) => {
		if (ended) return;
		ended = true;
		const end = performance.now();
		change(requests.map((one) => (one.id === id ? { ...one, end, status } : one)));
	};
}

/** `fetch`, for the option of `createClient`: makes the calls to the upload handler. */
export async function recordingFetch(request: Request): Promise<Response> {
	const operation = new URL(request.url).pathname.split("/").at(-1) ?? "";
	const end = begin("call", operation === "uploads" ? "begin" : operation);
	try {
		const response = await fetch(request);
		end(response.status);
		return response;
	} catch (error) {
		end(0);
		throw error;
	}
}

const labelOf = (url: string): string => {
	const part = new URL(url, location.href).searchParams.get("partNumber");
	return part ? `part ${part}` : "file";
};

/** Records what goes to the storage too: the client sends bytes by XMLHttpRequest. */
export function recordBytes(): void {
	const { open, send } = XMLHttpRequest.prototype;
	const urls = new WeakMap<XMLHttpRequest, string>();
	XMLHttpRequest.prototype.open = function (
		this: XMLHttpRequest,
		...words: [string, string | URL]
	) {
		urls.set(this, String(words[1]));
		open.apply(this, words as unknown as Parameters<typeof open>);
	};
	XMLHttpRequest.prototype.send = function (this: XMLHttpRequest, body) {
		const end = begin("bytes", labelOf(urls.get(this) ?? ""));
		// at `load` the client may have let go of the request, and its status
		this.addEventListener("readystatechange", () => {
			if (this.readyState === XMLHttpRequest.DONE) end(this.status);
		});
		this.addEventListener("abort", () => end(0));
		send.call(this, body);
	};
}

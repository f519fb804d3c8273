import type {
	AbortRequest,
	CompleteRequest,
	CreateRequest,
	ListRequest,
	MultipartPlan,
	PartsRequest,
	PartWindow,
	SinglePlan,
	UploadPlan,
} from "#protocol";

/** The bodies of the calls, by operation, in order; without the check of the operations. */
export interface Calls {
	readonly create: CreateRequest[];
	readonly parts: PartsRequest[];
	readonly list: ListRequest[];
	readonly complete: CompleteRequest[];
	readonly abort: AbortRequest[];
}

type Answer<Body> = (body: Body, index: number) => unknown;

/** What an operation answers: a `Response` as it is, anything else as JSON. */
export interface Answers {
	readonly create?: Answer<CreateRequest>;
	readonly parts?: Answer<PartsRequest>;
	readonly list?: Answer<ListRequest>;
	readonly complete?: Answer<CompleteRequest>;
	readonly abort?: Answer<AbortRequest>;
}

export interface FakeEndpoint {
	/** What a client needs to speak to it. */
	readonly options: {
		readonly endpoint: string;
		readonly fetch: (request: Request) => Promise<Response>;
	};
	readonly calls: Calls;
	readonly requests: Request[];
}

/** An upload handler in memory, to be given to a client as its `fetch`. */
export function createFakeEndpoint(answers: Answers = {}): FakeEndpoint {
	const calls: Calls = { create: [], parts: [], list: [], complete: [], abort: [] };
	const requests: Request[] = [];
	const handlers: Required<Answers> = {
		create: (body, index) => planFor(body, index),
		parts: (body) => windowOf(body.first, Math.min(body.count, 4)),
		list: () => ({ parts: [] }),
		complete: (body) => ({
			key: "stored-key",
			size: sizeSeen(calls, body.token),
			verified: true,
			data: { token: body.token },
		}),
		abort: () => new Response(null, { status: 204 }),
		...answers,
	};
	let checked = false;
	const answer = async (request: Request): Promise<Response> => {
		request.signal.throwIfAborted();
		requests.push(request);
		const name = new URL(request.url).pathname.split("/").at(-1) ?? "";
		const operation = Object.hasOwn(calls, name) ? (name as keyof Calls) : "create";
		const body = (await request.json()) as never;
		// the first one after a plan: it runs beside the first bytes
		if (operation === "list" && calls.create.length > 0 && !checked) {
			checked = true;
			return Response.json({ parts: [] });
		}
		const list: unknown[] = calls[operation];
		list.push(body);
		const reply = await handlers[operation](body, list.length - 1);
		request.signal.throwIfAborted();
		if (reply instanceof Response) return reply;
		return Response.json(reply, { status: operation === "create" ? 201 : 200 });
	};
	return { calls, requests, options: { endpoint: "https://api.test/uploads", fetch: answer } };
}

/** Of the upload that the token of {@link planFor} names, else of the latest. */
const sizeSeen = ({ create }: Calls, token: string): number =>
	(create[Number(/\d+$/.exec(token))] ?? create.at(-1))?.size ?? 0;

/** Parts of ten bytes, three URLs in the first window. */
export function planFor(request: CreateRequest, index = 0): UploadPlan {
	return request.multipart
		? multipartPlan(request.size ?? 0, { token: `token-${index}` })
		: singlePlan({ token: `token-${index}` });
}

export function singlePlan(changes: Partial<SinglePlan> = {}): SinglePlan {
	return {
		v: 1,
		kind: "single",
		key: "stored-key",
		uploadId: "u",
		token: "token-0",
		request: {
			method: "PUT",
			url: `https://storage.test/stored-key?signature=${changes.token ?? "token-0"}`,
			headers: { "if-none-match": "*" },
			receiptHeader: "etag",
			outcomes: { "400 BadDigest": "retry", "400 RequestTimeout": "retry" },
			expiresIn: 300,
			expiresAt: "2030-01-01T00:00:00Z",
		},
		confirm: false,
		algorithm: "crc32",
		...changes,
	};
}

export function multipartPlan(size: number, changes: Partial<MultipartPlan> = {}): MultipartPlan {
	const partSize = changes.partSize ?? 10;
	const partCount = Math.max(1, Math.ceil(size / partSize));
	return {
		v: 1,
		kind: "multipart",
		key: "stored-key",
		uploadId: "u",
		token: "token-0",
		size,
		partSize,
		partCount,
		window: windowOf(1, Math.min(3, partCount)),
		algorithm: "crc32",
		...changes,
	};
}

let windows = 0;

/** Signs consecutive parts; every window signs anew. */
export function windowOf(
	first: number,
	count: number,
	changes: Partial<PartWindow> = {},
): PartWindow {
	const edition = windows++;
	return {
		first,
		count,
		method: "PUT",
		urls: ["https://storage.test/stored-key?part={partNumber}&signature={value}"],
		values: Array.from({ length: count }, (_, i) => `$&-${first + i}-${edition}`),
		headers: {},
		receiptHeader: "etag",
		expiresIn: 300,
		expiresAt: "2030-01-01T00:00:00Z",
		// as for S3
		outcomes: { 404: "ask", "400 BadDigest": "retry" },
		...changes,
	};
}

/** An error of the endpoint, as it words it. */
export function problem(status: number, code: string, members: object = {}): Response {
	return new Response(
		JSON.stringify({
			type: `https://skyput.dev/errors/${code}`,
			title: code,
			status,
			detail: `Detail of ${code}.`,
			code,
			requestId: "r-1",
			...members,
		}),
		{ status, headers: { "content-type": "application/problem+json" } },
	);
}

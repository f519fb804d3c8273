import {
	createLambdaHandler,
	type LambdaHandler,
	type LambdaHandlerOptions,
} from "../../src/adapters/lambda/create-lambda-handler.js";
import { jwtPrincipal } from "../../src/adapters/lambda/principals.js";
import type { Log } from "../../src/hooks.js";
import { defineUploads, type Uploads } from "../../src/uploads/define-uploads.js";
import { httpApiEvent } from "./lambda-event.js";
import { type MemoryProvider, memoryProvider } from "./memory-provider.js";

export const tokenSecret = "0123456789abcdef0123456789abcdef";

/** Keeps log lines, parsed, instead of printing them. */
export function silentLog(): Log & { readonly lines: Record<string, unknown>[] } {
	const lines: Record<string, unknown>[] = [];
	const write = (line: string): void => {
		lines.push(JSON.parse(line));
	};
	return { lines, error: write, warn: write, info: write };
}

/** An answer, parsed. */
export interface Answer {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	// tests read what they expect; a wrong shape fails their assertion
	readonly body: Readonly<Record<string, never>> & {
		readonly code?: string;
		readonly detail?: string;
	};
}

/** A server under test: its storage, and one function a call. */
export interface Server {
	readonly provider: MemoryProvider;
	get(query: string, sub?: string): Promise<Answer>;
	post(operation: string, body: unknown, sub?: string): Promise<Answer>;
	send(method: string, path: string, options?: Parameters<typeof httpApiEvent>[2]): Promise<Answer>;
}

export const defaultUploads: Uploads = defineUploads({
	"files/*path": { authorize: "public" },
	"avatars/:userId/:name": {
		maxSize: "5 MB",
		contentTypes: ["image/*"],
		authorize: ({ principal, params }) => principal?.sub === params.userId,
	},
	"shared/*name": { authorizeRead: "public", authorizeDelete: "public", key: () => "shared/1" },
	"closed/:name": {},
});

export function serve(
	options: Partial<LambdaHandlerOptions> & { readonly provider?: MemoryProvider } = {},
): Server {
	const provider = options.provider ?? memoryProvider();
	const handler = createLambdaHandler({
		uploads: defaultUploads,
		principal: jwtPrincipal(),
		tokenSecret,
		...options,
		provider,
	});
	const send: Server["send"] = async (method, path, event) => {
		const { statusCode, headers, body } = await handler(httpApiEvent(method, path, event));
		return { status: statusCode, headers, body: body === "" ? {} : JSON.parse(body) };
	};
	const who = (sub: string | undefined) => (sub === undefined ? {} : { sub });
	return {
		provider,
		send,
		get: (query, sub) => send("GET", "/uploads", { query, ...who(sub) }),
		post: (operation, body, sub) =>
			send("POST", operation === "" ? "/uploads" : `/uploads/${operation}`, { body, ...who(sub) }),
	};
}

/** A create request with what every one needs. */
export const createBody = (key: string, size: number | null, members: object = {}): object => ({
	v: 1,
	key,
	size,
	kinds: ["single", "multipart"],
	...members,
});

/** A Lambda handler with what every one needs. */
export const makeHandler = (options: Partial<LambdaHandlerOptions> = {}): LambdaHandler =>
	createLambdaHandler({
		uploads: defaultUploads,
		provider: memoryProvider(),
		tokenSecret,
		...options,
	});

import type { IncomingMessage, ServerResponse } from "node:http";
import { type LocalServer, listen } from "../listen.js";
import { type GatewayEvent, toGatewayEvent } from "./gateway-event.js";

/** What a Lambda function gets beside its event. */
export interface GatewayContext {
	readonly awsRequestId: string;
	readonly callbackWaitsForEmptyEventLoop: boolean;
	readonly functionName: string;
	readonly functionVersion: string;
	readonly invokedFunctionArn: string;
	readonly logGroupName: string;
	readonly logStreamName: string;
	readonly memoryLimitInMB: string;
	/** Milliseconds until the gateway gives up. */
	getRemainingTimeInMillis(): number;
	done(): void;
	fail(): void;
	succeed(): void;
}

/** A Lambda function behind the gateway. */
export type GatewayHandler = (event: GatewayEvent, context: GatewayContext) => unknown;

export interface GatewayOptions {
	/** @default a free port */
	readonly port?: number;
	/** A named stage leads every path that the handler sees. @default "$default" */
	readonly stage?: string;
	/** Put into `requestContext.authorizer`, as if the route had an authorizer: `{ jwt: { claims, scopes } }`. */
	readonly authorizer?: Readonly<Record<string, unknown>>;
}

/** A gateway that is up. */
export type Gateway = LocalServer;

/** The quotas of an HTTP API, which cannot be raised (API Gateway developer guide, "Quotas"), and Lambda's limit for an answer. */
const maxBody = 10_485_760;
const maxReply = 6_291_556;
const timeoutMs = 30_000;

class GatewayError extends Error {
	override readonly name = "GatewayError";
	readonly status: number;

	constructor(status: number, message: string, options?: ErrorOptions) {
		super(message, options);
		this.status = status;
	}
}

const internal = (cause: unknown): GatewayError =>
	new GatewayError(500, "Internal Server Error", { cause });

interface Reply {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly cookies: readonly string[];
	readonly body: Buffer;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === "object" && value !== null;

/** Reads a result by the rules of payload format 2.0: without a status code, it is the JSON body of a 200. */
function toReply(result: unknown): Reply {
	if (!isRecord(result) || result["statusCode"] === undefined) {
		return {
			status: 200,
			headers: { "content-type": "application/json" },
			cookies: [],
			body: Buffer.from(result === undefined ? "null" : JSON.stringify(result)),
		};
	}
	const status = Number(result["statusCode"]);
	if (!Number.isInteger(status) || status < 200 || status > 599) {
		throw internal(new Error("The handler's statusCode is not a status"));
	}
	const { headers, cookies, body } = result;
	return {
		status,
		headers: {
			"content-type": "text/plain;charset=UTF-8",
			...Object.fromEntries(
				Object.entries(isRecord(headers) ? headers : {}).map(([name, value]) => [
					name.toLowerCase(),
					String(value),
				]),
			),
		},
		cookies: Array.isArray(cookies) ? cookies.map(String) : [],
		body: Buffer.from(
			typeof body === "string" ? body : "",
			result["isBase64Encoded"] === true ? "base64" : "utf8",
		),
	};
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of request.iterator({ destroyOnReturn: false })) {
		size += chunk.length;
		if (size > maxBody) throw new GatewayError(413, "Request Entity Too Large");
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}

function contextOf(event: GatewayEvent): GatewayContext {
	const deadline = Date.now() + timeoutMs;
	return {
		awsRequestId: event.requestContext.requestId,
		callbackWaitsForEmptyEventLoop: true,
		functionName: "local",
		functionVersion: "$LATEST",
		invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:local",
		logGroupName: "/aws/lambda/local",
		logStreamName: "local",
		memoryLimitInMB: "128",
		getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
		done() {},
		fail() {},
		succeed() {},
	};
}

/** The handler's result, unless the gateway's patience ends first. */
async function invoke(handler: GatewayHandler, event: GatewayEvent): Promise<unknown> {
	let timer: NodeJS.Timeout | undefined;
	const late = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new GatewayError(503, "Service Unavailable")), timeoutMs);
	});
	// an own promise turns a synchronous throw into a rejection
	const result = new Promise((resolve) => resolve(handler(event, contextOf(event))));
	try {
		return await Promise.race([result, late]);
	} finally {
		clearTimeout(timer);
	}
}

async function answer(
	request: IncomingMessage,
	handler: GatewayHandler,
	options: GatewayOptions,
): Promise<Reply> {
	try {
		const body = await readBody(request);
		const stage = options.stage ?? "$default";
		const reply = toReply(
			await invoke(handler, toGatewayEvent(request, body, stage, options.authorizer)),
		);
		if (reply.body.length > maxReply) throw internal(new Error("The answer is above 6 MB"));
		return reply;
	} catch (error) {
		const { status, message } = error instanceof GatewayError ? error : internal(error);
		return {
			status,
			headers: { "content-type": "application/json" },
			cookies: [],
			body: Buffer.from(JSON.stringify({ message })),
		};
	}
}

/**
 * Puts a Lambda function behind HTTP on 127.0.0.1, as an API Gateway HTTP API does: events of payload
 * format 2.0, a body of at most 10 MB (else 413), 30 seconds (else 503), and 500
 * `{"message":"Internal Server Error"}` when the handler throws. For demos and tests.
 */
export function startGateway(
	handler: GatewayHandler,
	options: GatewayOptions = {},
): Promise<Gateway> {
	const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
		const reply = await answer(request, handler, options);
		response.writeHead(reply.status, {
			...reply.headers,
			...(reply.cookies.length > 0 ? { "set-cookie": [...reply.cookies] } : {}),
			// 204 has neither a body nor a length
			...(reply.status === 204 ? {} : { "content-length": reply.body.length }),
		});
		response.end(reply.status === 204 ? undefined : reply.body);
	};
	const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
		// the client has gone, or the handler gave headers that HTTP cannot carry
		serve(request, response).catch(() => response.destroy());
	};
	return listen(options.port ?? 0, onRequest, (request, response) => {
		response.writeContinue();
		onRequest(request, response);
	});
}

import type { IncomingMessage, ServerResponse } from "node:http";
import { checkOptions } from "../check-options.js";
import { type LocalServer, listen } from "../listen.js";
import { type GatewayEvent, toGatewayEvent } from "./gateway-event.js";

/** The context argument of a Lambda function. */
export interface GatewayContext {
	readonly awsRequestId: string;
	readonly callbackWaitsForEmptyEventLoop: boolean;
	readonly functionName: string;
	readonly functionVersion: string;
	readonly invokedFunctionArn: string;
	readonly logGroupName: string;
	readonly logStreamName: string;
	readonly memoryLimitInMB: string;
	/** @returns milliseconds until the gateway times out */
	getRemainingTimeInMillis(): number;
	done(): void;
	fail(): void;
	succeed(): void;
}

/** A Lambda function. */
export type GatewayHandler = (event: GatewayEvent, context: GatewayContext) => unknown;

export interface GatewayOptions {
	/** @default a free port */
	readonly port?: number | undefined;
	/** A named stage is prepended to every path that the handler gets. @default "$default" */
	readonly stage?: string | undefined;
	/** The `requestContext.authorizer` of every event, such as `{ jwt: { claims, scopes } }`. @default none */
	readonly authorizer?: Readonly<Record<string, unknown>> | undefined;
}

const optionNames: Readonly<Record<keyof GatewayOptions, true>> = {
	port: true,
	stage: true,
	authorizer: true,
};

/** A running gateway. */
export type Gateway = LocalServer;

/** Bytes and milliseconds: the quotas of an HTTP API (API Gateway developer guide, "Quotas") and of a Lambda response. */
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

interface GatewayReply {
	readonly status: number;
	readonly headers: Readonly<Record<string, string>>;
	readonly cookies: readonly string[];
	readonly body: Buffer;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === "object" && value !== null;

/** Reads a result in payload format 2.0: one without a status code is the JSON body of a 200. */
function toReply(result: unknown): GatewayReply {
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
		throw internal(new Error("The handler returned a statusCode that is not between 200 and 599."));
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

/** Resolves with the handler's result; rejects with 503 after the timeout. */
async function invoke(handler: GatewayHandler, event: GatewayEvent): Promise<unknown> {
	let timer: NodeJS.Timeout | undefined;
	const timeout = new Promise<never>((_, reject) => {
		timer = setTimeout(() => reject(new GatewayError(503, "Service Unavailable")), timeoutMs);
	});
	// a handler may throw synchronously
	const result = new Promise((resolve) => resolve(handler(event, contextOf(event))));
	try {
		return await Promise.race([result, timeout]);
	} finally {
		clearTimeout(timer);
	}
}

async function respond(
	request: IncomingMessage,
	handler: GatewayHandler,
	options: GatewayOptions,
): Promise<GatewayReply> {
	try {
		const body = await readBody(request);
		const stage = options.stage ?? "$default";
		const reply = toReply(
			await invoke(handler, toGatewayEvent(request, body, stage, options.authorizer)),
		);
		if (reply.body.length > maxReply)
			throw internal(new Error("The handler's response is larger than 6 MB."));
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
 * Serves a Lambda function on 127.0.0.1 as an API Gateway HTTP API does: events of payload format 2.0,
 * 413 for a body above 10 MB, 503 after 30 seconds, and 500 when the handler throws.
 *
 * @param handler the Lambda function
 * @param options port, stage and authorizer
 * @returns the running gateway
 * @throws TypeError where the handler is no function, or for an unknown option
 */
export function startGateway(
	handler: GatewayHandler,
	options: GatewayOptions = {},
): Promise<Gateway> {
	if (typeof handler !== "function") {
		throw new TypeError(
			`startGateway() needs a Lambda handler, which is a function, not ${typeof handler}.`,
		);
	}
	checkOptions("startGateway()", options, optionNames);
	const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
		const reply = await respond(request, handler, options);
		response.writeHead(reply.status, {
			...reply.headers,
			...(reply.cookies.length > 0 ? { "set-cookie": [...reply.cookies] } : {}),
			// 204 has neither a body nor a length
			...(reply.status === 204 ? {} : { "content-length": reply.body.length }),
		});
		response.end(reply.status === 204 ? undefined : reply.body);
	};
	const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
		// the client disconnected, or the handler returned invalid headers
		handle(request, response).catch(() => response.destroy());
	};
	return listen(options.port ?? 0, onRequest, (request, response) => {
		response.writeContinue();
		onRequest(request, response);
	});
}

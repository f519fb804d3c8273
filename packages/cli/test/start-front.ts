import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** A request as a front sees it. */
export interface FrontRequest {
	readonly method: string;
	/** Path and query. */
	readonly url: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: Buffer;
}

export interface FrontReply {
	readonly status: number;
	readonly headers?: Readonly<Record<string, string | string[]>>;
	readonly body?: string | Buffer;
}

/** What stands in front of a server, and breaks it. */
export interface Front {
	/** Answers instead of the server, or ends the connection; undefined passes the request on. */
	before?(request: FrontRequest): FrontReply | "reset" | undefined;
	/** Changes the server's answer. */
	after?(request: FrontRequest, reply: Required<FrontReply>): FrontReply;
	/** Changes what the server gets. */
	forward?(request: FrontRequest): FrontRequest;
}

/** S3's error. */
export const s3Error = (status: number, code: string, message: string): FrontReply => ({
	status,
	headers: { "content-type": "application/xml" },
	body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
});

/** Starts a proxy that keeps the Host header; it is closed when the test ends. @returns its origin */
export async function startFront(target: string, front: Front): Promise<string> {
	const server = createServer(async (incoming, outgoing) => {
		const chunks: Buffer[] = [];
		for await (const chunk of incoming) chunks.push(chunk);
		const { method = "GET", url = "/", headers } = incoming;
		const request = { method, url, headers, body: Buffer.concat(chunks) };
		const answer = ({ status, headers: sent = {}, body = "" }: FrontReply): void => {
			outgoing.writeHead(status, sent);
			outgoing.end(method === "HEAD" ? undefined : body);
		};
		const instead = front.before?.(request);
		if (instead === "reset") return void outgoing.destroy();
		if (instead) return answer(instead);
		const passed = front.forward?.(request) ?? request;
		const { "transfer-encoding": _, ...kept } = passed.headers;
		const outward = send(target + passed.url, {
			method,
			headers: { ...kept, "content-length": String(passed.body.length) },
		});
		outward.end(passed.body);
		const [response] = await once(outward, "response");
		const received: Buffer[] = [];
		for await (const chunk of response) received.push(chunk);
		const { "transfer-encoding": __, connection: ___, ...returned } = response.headers;
		const reply = { status: response.statusCode, headers: returned, body: Buffer.concat(received) };
		answer(front.after?.(request, reply) ?? reply);
	});
	// a connection that a busy machine leaves idle would end under the next request
	server.keepAliveTimeout = 0;
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(async () => {
		server.close();
		server.closeAllConnections();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

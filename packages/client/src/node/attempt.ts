import http from "node:http";
import https from "node:https";
import type { OutgoingRequest, SendOptions, UploadBody } from "../platform.js";
import type { Agents } from "./agents.js";
import type { Answer } from "./answer.js";
import { createBufferPool, largeBuffer } from "./buffers.js";
import { exchange } from "./exchange.js";
import type { Pace } from "./pump.js";
import { type NodeBody, usualChunk } from "./sources/body.js";

/** Sends one body once; `cautious` asks the server for its consent first, by `Expect: 100-continue`. */
export type Attempt<Body extends UploadBody> = (
	outgoing: OutgoingRequest,
	body: Body,
	cautious: boolean,
	options: SendOptions,
) => Promise<Answer>;

/**
 * Bytes that are read and written at once on a quick line, by what becomes of them in between. Each chunk
 * has its price, above all that of waking the thread that reads. What is hashed or encrypted should still be
 * in the cache then, and encryption takes memory of its own by the chunk.
 */
const largestChunks = { sent: largeBuffer, hashed: 512 * 1024, encrypted: usualChunk };

/** Attempts over these connections. */
export function createAttempt(agents: Agents): Attempt<NodeBody> {
	const pool = createBufferPool();
	const pace: Pace = { bodies: 0, quick: false };
	return async (outgoing, body, cautious, options) => {
		const request = open(outgoing, body, agents, cautious);
		const fate = request.protocol === "https:" ? "encrypted" : options.hash ? "hashed" : "sent";
		const means = { pool, largestChunk: largestChunks[fate], pace };
		pace.bodies++;
		try {
			return await exchange(request, body, means, options);
		} catch (error) {
			pace.quick = false;
			throw error;
		} finally {
			pace.bodies--;
		}
	};
}

function open(
	{ method, url, headers }: OutgoingRequest,
	body: UploadBody,
	agents: Agents,
	cautious: boolean,
): http.ClientRequest {
	// the error of the URL constructor would carry the signed URL along
	const target = URL.canParse(url) ? new URL(url) : undefined;
	const options = {
		method,
		headers: {
			...headers,
			"Content-Length": body.size,
			...(cautious ? { Expect: "100-continue" } : {}),
		},
	};
	if (target?.protocol === "https:") {
		return https.request(target, { ...options, agent: agents.https });
	}
	if (target?.protocol === "http:") {
		return http.request(target, { ...options, agent: agents.http });
	}
	throw new TypeError("The signed URL is not an http or https URL.");
}

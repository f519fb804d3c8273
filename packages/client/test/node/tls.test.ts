import { randomBytes } from "node:crypto";
import { once } from "node:events";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { crc32 } from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { certificate } from "../../../../tools/certificate.js";
import { hashers } from "../../src/node/hashers.js";
import { createAgents, createSend } from "../../src/node/send.js";
import { bodyOf, isNetworkFailure, rejection } from "./sink.js";

const mebibyte = 1024 * 1024;

interface Stored {
	readonly size: number;
	readonly crc: number;
}

async function startTlsSink(): Promise<{
	readonly url: string;
	readonly stored: readonly Stored[];
	readonly connections: () => number;
}> {
	const stored: Stored[] = [];
	let connections = 0;
	const server = https.createServer(certificate, (request, response) => {
		let size = 0;
		let crc = 0;
		request.on("data", (chunk: Buffer) => {
			size += chunk.length;
			crc = crc32(chunk, crc);
		});
		request.on("end", () => {
			stored.push({ size, crc });
			response.end();
		});
	});
	server.on("secureConnection", () => connections++);
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	return {
		url: `https://127.0.0.1:${port}/key?sig=secret`,
		stored,
		connections: () => connections,
	};
}

const request = (url: string) => ({ method: "PUT", url, headers: {} });
const options = () => ({
	signal: new AbortController().signal,
	stallTimeout: 10_000,
	onSent: () => {},
});
test("bodies arrive whole over TLS, hashed, and share one connection", async () => {
	const sink = await startTlsSink();
	const agents = createAgents(4);
	agents.https.options.ca = certificate.cert;
	onTestFinished(() => agents.https.destroy());
	const send = createSend(agents);
	const bytes = randomBytes(9 * mebibyte + 13);
	for (const size of [bytes.length, 0, 1]) {
		const hash = hashers.crc32();
		let sent = 0;
		const body = bodyOf(bytes.subarray(0, size));
		const response = await send(request(sink.url), body, {
			...options(),
			hash,
			onSent: (count) => {
				sent = count;
			},
		});
		expect([response.status, sent]).toEqual([200, size]);
		const digest = Buffer.alloc(4);
		digest.writeUInt32BE(crc32(bytes.subarray(0, size)));
		expect(hash.digest()).toBe(digest.toString("base64"));
		expect(sink.stored.at(-1)).toEqual({ size, crc: crc32(bytes.subarray(0, size)) });
	}
	expect(sink.connections()).toBe(1);
});

test("an untrusted certificate is a network failure, and no byte of the body leaves", async () => {
	const sink = await startTlsSink();
	const agents = createAgents(4);
	onTestFinished(() => agents.https.destroy());
	const send = createSend(agents);
	const error = await rejection(send(request(sink.url), bodyOf(randomBytes(mebibyte)), options()));
	expect(error).toSatisfy(isNetworkFailure);
	expect(error).toMatchObject({ cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" } });
	expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("secret");
	expect(sink.stored).toEqual([]);
});

import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, onTestFinished, test } from "vitest";
import { uploadFile } from "../../src/node/index.js";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** An endpoint, in a process that collects garbage every 20 ms. */
async function startEndpoint(onRequest: RequestListener): Promise<string> {
	const server = createServer(onRequest).listen(0, "127.0.0.1");
	await once(server, "listening");
	const timer = setInterval(collectGarbage, 20);
	onTestFinished(() => {
		clearInterval(timer);
		server.closeAllConnections();
		server.close();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

// Node collects the signal of a Request that only `fetch` refers to: nodejs/undici#3644
test.each<[string, RequestListener]>([
	["never responds", (request) => void request.resume()],
	[
		"stops in the middle of its response",
		(request, response) => {
			request.resume();
			response.writeHead(201, { "content-type": "application/json", "content-length": 100 });
			response.write("{");
		},
	],
])("an endpoint that %s times out, and its connection is closed", async (_name, answer) => {
	let closed = 0;
	const endpoint = await startEndpoint((request, response) => {
		response.on("close", () => closed++);
		answer(request, response);
	});
	await expect(
		uploadFile(new Uint8Array(1), "a", {
			endpoint,
			stallTimeout: 100,
			retry: { networkLimit: 0 },
		}),
	).rejects.toMatchObject({ code: "timeout" });
	await expect.poll(() => closed).toBe(1);
});

import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, onTestFinished, test } from "vitest";
import { uploadFile } from "../../src/node/index.js";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** An endpoint, in a process whose garbage is collected all the time. */
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

// Node forgets the signal of a Request that nobody but `fetch` knows: nodejs/undici, issue 3644
test.each<[string, RequestListener]>([
	["never answers", (request) => void request.resume()],
	[
		"stops in the middle of its answer",
		(request, response) => {
			request.resume();
			response.writeHead(201, { "content-type": "application/json", "content-length": 100 });
			response.write("{");
		},
	],
])("an endpoint that %s is left in time, and its connection closed", async (_name, answer) => {
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

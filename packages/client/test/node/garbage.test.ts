import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, onTestFinished, test, vi } from "vitest";
import { createClient, uploadFile } from "../../src/node/index.js";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** From now on, garbage is collected every 20 ms. */
function collectOften(): void {
	const timer = setInterval(collectGarbage, 20);
	onTestFinished(() => clearInterval(timer));
}

async function startEndpoint(onRequest: RequestListener): Promise<string> {
	const server = createServer(onRequest).listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
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
	let begun = 0;
	let closed = 0;
	const endpoint = await startEndpoint((request, response) => {
		begun++;
		response.on("close", () => closed++);
		answer(request, response);
	});
	collectOften();
	// on a busy machine the time may be over before the request arrives
	do {
		await expect(
			uploadFile(new Uint8Array(1), "a", {
				endpoint,
				stallTimeout: 100,
				retry: { networkLimit: 0 },
			}),
		).rejects.toMatchObject({ code: "timeout" });
	} while (begun === 0);
	await expect.poll(() => closed).toBe(begun);
});

test("the connections of calls that time out are closed after thousands of calls, too", async () => {
	let stalls = false;
	let open = 0;
	const endpoint = await startEndpoint((request, response) => {
		request.resume();
		if (stalls) {
			open++;
			response.on("close", () => open--);
			return;
		}
		const problem = { status: 403, code: "forbidden", detail: "No.", requestId: "1" };
		response.writeHead(403, { "content-type": "application/problem+json" });
		response.end(JSON.stringify(problem));
	});
	const upload = async (): Promise<void> => {
		const options = { endpoint, stallTimeout: 200, retry: { networkLimit: 0 } };
		await uploadFile(new Uint8Array(1), "a", options).catch(() => {});
	};
	// V8 optimizes what ran so often, and then keeps nothing that is not used any more
	for (let call = 0; call < 2_000; call++) await upload();
	stalls = true;
	collectOften();
	await Promise.all(Array.from({ length: 20 }, upload));
	await expect.poll(() => open).toBe(0);
});

test("the limits of keys are kept for five minutes, and forgotten when those of another key are asked for", async () => {
	let asked = 0;
	const endpoint = await startEndpoint((_, response) => {
		asked++;
		response.writeHead(200, { "content-type": "application/json" }).end('{"maxSize":1}');
	});
	vi.useFakeTimers({ toFake: ["performance"] });
	onTestFinished(() => void vi.useRealTimers());
	const client = createClient({ endpoint });
	const ask = async (key: string): Promise<WeakRef<object>> => new WeakRef(await client.rules(key));
	const kept = await Promise.all(["a", "b"].map(ask));
	vi.advanceTimersByTime(299_000);
	await ask("a");
	expect(asked).toBe(2);
	vi.advanceTimersByTime(2_000);
	await ask("c");
	const countKept = (): number => {
		collectGarbage();
		return kept.filter((limits) => limits.deref()).length;
	};
	await expect.poll(countKept).toBe(0);
	await ask("a");
	expect(asked).toBe(4);
});

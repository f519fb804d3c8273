import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { startFaultProxy } from "../../src/index.js";

const requests = "http.server.request.start";

test("a connection whose sender has just ended it is closed by a reset", async () => {
	const closed = Promise.withResolvers<string>();
	let connection: Socket | undefined;
	const watch = (message: unknown): void => {
		connection = (message as { readonly socket: Socket }).socket;
		connection.once("error", (error) => closed.resolve(error.message));
		connection.once("close", () => closed.resolve("closed"));
	};
	subscribe(requests, watch);
	onTestFinished(() => void unsubscribe(requests, watch));
	const proxy = await startFaultProxy({
		target: "http://127.0.0.1:1",
		clock: {
			now: () => performance.now(),
			// until the server answers the end of the connection with its own
			sleep: async () => connection && (await once(connection, "end")),
		},
	});
	onTestFinished(() => proxy.close());
	proxy.rules.push({ fault: { name: "reset", effect: { kind: "reset", at: "start" } } });

	const sender = connect(Number(new URL(proxy.endpoint).port), "127.0.0.1");
	sender.on("error", () => {});
	sender.end("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");

	expect(await closed.promise).toBe("closed");
});

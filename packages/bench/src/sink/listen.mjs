import { createServer } from "node:net";
import { readRequests } from "./connection.mjs";
import { keepTime } from "./line.mjs";
import { openPlain, openSecure } from "./sockets.mjs";

/**
 * Serves on a free port of this machine.
 *
 * @param {import("./start.mjs").SinkOptions} options
 * @param {import("./connection.mjs").SinkHandler} handler
 * @returns {Promise<string>} the origin
 */
export async function listen({ secure = false, line }, handler) {
	const open = secure ? openSecure : openPlain;
	const { straggler } = line ?? {};
	const server = createServer({ pauseOnConnect: true, noDelay: true }, (accepted) => {
		const time = line && keepTime(line);
		const socket = open(accepted, (bytes) => {
			const wait = time?.afterBytes(bytes.length) ?? 0;
			try {
				take(bytes);
			} catch (error) {
				console.error(error);
				socket.destroy();
			}
			if (wait <= 0) return true;
			setTimeout(() => socket.resume(), wait);
			return false;
		});
		const send = (text) => socket.write(text, "latin1");
		const take = readRequests(time ? (text) => setTimeout(send, time.beforeAnswer(), text) : send, {
			...handler,
			begin(path) {
				const isIts = new RegExp(`[?&]partNumber=${straggler?.partNumber}(&|$)`).test(path);
				if (straggler && isIts && handler.isFirst()) time.slowDown(straggler.bytesPerSecond);
			},
		});
		// a killed client resets its connections; missing bytes show in the counts
		socket.on("error", () => socket.destroy());
		socket.resume();
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	return `${secure ? "https" : "http"}://127.0.0.1:${server.address().port}`;
}

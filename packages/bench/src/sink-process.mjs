// A server that counts and drops what is uploaded, in a process of its own. Over the channel of
// `fork` it tells its origin, and then answers every message with what came in since the last one.
// Its one argument are the options of `startSink`, as JSON.
import { createServer } from "node:net";
import { readRequests } from "./sink/connection.mjs";
import { sinkEndpoint } from "./sink/endpoint.mjs";
import { keepTime } from "./sink/line.mjs";
import { openPlain, openSecure } from "./sink/sockets.mjs";

/** @type {import("./sink/start.mjs").SinkOptions} */
const { secure = false, line } = JSON.parse(process.argv[2]);
const open = secure ? openSecure : openPlain;

let origin = "";
const endpoint = sinkEndpoint(() => origin);

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
	const take = readRequests(
		time ? (text) => setTimeout(send, time.beforeAnswer(), text) : send,
		endpoint,
	);
	// a client that is killed resets its connections; the counts tell that bytes are missing
	socket.on("error", () => socket.destroy());
	socket.resume();
});

let cpuStart = process.cpuUsage();
server.listen(0, "127.0.0.1", () => {
	origin = `${secure ? "https" : "http"}://127.0.0.1:${server.address().port}`;
	process.send({ origin });
});
process.on("message", () => {
	const { user, system } = process.cpuUsage(cpuStart);
	cpuStart = process.cpuUsage();
	process.send({ ...endpoint.take(), cpuSeconds: (user + system) / 1e6 });
});
process.on("disconnect", () => process.exit());
// Ctrl-C reaches the whole group: the parent decides the order
process.on("SIGINT", () => {});

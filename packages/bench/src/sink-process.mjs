// A server that counts and drops what is uploaded, in a process of its own. Over the channel of
// `fork` it tells its origin, and then answers every message with what came in since the last one.
import { createServer, Socket } from "node:net";
import { readRequests } from "./sink/connection.mjs";
import { sinkEndpoint } from "./sink/endpoint.mjs";

let origin = "";
const endpoint = sinkEndpoint(() => origin);

/**
 * Every read of every connection goes here, since nothing outlives its callback. `node:http` and a
 * socket's `data` events allocate 64 KiB for each read and need twice the processor time; the sink
 * would then be what limits curl and the client alike.
 */
const buffer = Buffer.allocUnsafeSlow(256 * 1024);

const server = createServer({ pauseOnConnect: true, noDelay: true }, (accepted) => {
	const onread = {
		buffer,
		callback: (length) => {
			try {
				take(buffer.subarray(0, length));
			} catch (error) {
				console.error(error);
				socket.destroy();
			}
			return true;
		},
	};
	// only a socket's constructor takes `onread`, and a server makes its sockets without
	const socket = new Socket({ handle: accepted._handle, onread });
	const take = readRequests((text) => socket.write(text, "latin1"), endpoint);
	// a client that is killed resets its connections; the counts tell that bytes are missing
	socket.on("error", () => socket.destroy());
	socket.resume();
});

let cpuStart = process.cpuUsage();
server.listen(0, "127.0.0.1", () => {
	origin = `http://127.0.0.1:${server.address().port}`;
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

// The upload handlers of all contestants, and the storage, at the end of a link, in a process of its
// own: server-process.mjs LINK, in JSON. Over the channel of `fork` it tells both origins, and then
// answers every message with what came in since the last one.
import net from "node:net";
import tls from "node:tls";
import { certificate } from "../../../client/test/node/certificate.ts";
import { readRequests } from "../sink/connection.mjs";
import { createCalls } from "./calls.mjs";
import { pace } from "./pace.mjs";

/** @type {import("./course.mjs").Link} */
const { secure, line } = JSON.parse(process.argv[2]);
let storage = "";
const calls = createCalls(() => storage);

function serve(socket) {
	const send = (text) => socket.write(text, "latin1");
	const write = line ? (text) => setTimeout(send, line.roundTrip, text) : send;
	const take = readRequests(write, calls);
	const wait = line ? pace(socket, line.bytesPerSecond) : () => {};
	socket.on("data", (bytes) => {
		try {
			take(bytes);
			wait(bytes.length);
		} catch (error) {
			console.error(error);
			socket.destroy();
		}
	});
	// a browser that is closed resets its connections; the counts tell that bytes are missing
	socket.on("error", () => socket.destroy());
}

async function listen() {
	const server = secure
		? tls.createServer({ ...certificate, noDelay: true }, serve)
		: net.createServer({ noDelay: true }, serve);
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	return `http${secure ? "s" : ""}://127.0.0.1:${server.address().port}`;
}

storage = await listen();
process.send({ storage, api: await listen() });
let cpuStart = process.cpuUsage();
process.on("message", () => {
	const { user, system } = process.cpuUsage(cpuStart);
	cpuStart = process.cpuUsage();
	process.send({ ...calls.take(), cpuSeconds: (user + system) / 1e6 });
});
process.on("disconnect", () => process.exit());
// Ctrl-C reaches the whole group: the parent decides the order
process.on("SIGINT", () => {});

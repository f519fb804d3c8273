import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { stopped } from "../stopped.mjs";

const connections = 16;

/** Starts a server in a process of its own. */
async function start(kind) {
	const path = fileURLToPath(new URL("server.mjs", import.meta.url));
	const child = spawn(process.execPath, [path, kind], { stdio: ["ignore", "pipe", "inherit"] });
	const [line] = await once(child.stdout, "data");
	return { port: Number(line), close: () => child.kill() };
}

/** Sends requests one after the other over one connection, as long as `next` says so. */
function sendOver(port, request, next) {
	return new Promise((resolve, reject) => {
		const milliseconds = [];
		let began = 0;
		let received = "";
		const socket = connect(port, "127.0.0.1").setEncoding("latin1").setNoDelay();
		const send = () => {
			if (!next()) return socket.end(() => resolve(milliseconds));
			began = performance.now();
			socket.write(request);
		};
		socket.on("connect", send).on("error", reject);
		socket.on("data", (text) => {
			received += text;
			// both answer in chunks or with a length; the body is one line of JSON
			const head = received.indexOf("\r\n\r\n");
			const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, Math.max(head, 0)))?.[1];
			const isWhole =
				length === undefined
					? received.endsWith("\r\n0\r\n\r\n")
					: received.length >= head + 4 + Number(length);
			if (head < 0 || !isWhole) return;
			if (!received.startsWith("HTTP/1.1 201")) {
				socket.destroy();
				return reject(new Error(`The server answered ${received.slice(0, 40)}`));
			}
			received = "";
			milliseconds.push(performance.now() - began);
			send();
		});
	});
}

/** Requests a second and the slowest hundredth. */
async function load(port, body, count) {
	const request = `POST /uploads HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
	let left = count;
	const began = performance.now();
	const all = await Promise.all(
		Array.from({ length: connections }, () => sendOver(port, request, () => left-- > 0)),
	);
	const seconds = (performance.now() - began) / 1000;
	const sorted = all.flat().sort((a, b) => a - b);
	return { perSecond: count / seconds, p99: sorted[Math.floor(sorted.length * 0.99)] };
}

/** Loads our server and a bare one in turn; the first round warms up. */
export async function compareServers(body, rounds, count) {
	const servers = [await start("ours"), await start("bare")];
	try {
		const measured = [];
		for (let round = -1; round < rounds; round++) {
			stopped.throwIfAborted();
			const [ours, bare] = [
				await load(servers[0].port, body, count),
				await load(servers[1].port, body, count),
			];
			if (round >= 0) measured.push({ ours, bare });
		}
		return measured;
	} finally {
		for (const { close } of servers) close();
	}
}

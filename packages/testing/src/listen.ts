import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** A running server. */
export interface LocalServer {
	/** Such as `http://127.0.0.1:9000`, without a trailing slash. */
	readonly endpoint: string;
	/** Closes every connection and frees the port. Safe to repeat. */
	close(): Promise<void>;
}

/**
 * Serves HTTP on an address of this machine. Port 0 picks a free one. `onContinue` handles requests that wait for
 * `100 Continue`, which can be refused before their body is sent.
 *
 * @throws TypeError for a port that is not a whole number from 0 to 65535.
 */
export async function listen(
	port: number,
	onRequest: (request: IncomingMessage, response: ServerResponse) => void,
	onContinue: (request: IncomingMessage, response: ServerResponse) => void,
	address = "127.0.0.1",
): Promise<LocalServer> {
	// node would take a text for the path of a socket
	if (!Number.isInteger(port) || port < 0 || port > 65_535)
		throw new TypeError(`port must be a whole number from 0 to 65535, not ${JSON.stringify(port)}`);
	const server = createServer({
		// a large body on a slow connection may take longer than Node's default of five minutes
		requestTimeout: 0,
		// longer than clients keep idle connections, so that they never reuse a closing one
		keepAliveTimeout: 60_000,
	});
	server.on("request", onRequest);
	server.on("checkContinue", onContinue);
	server.listen(port, address);
	await once(server, "listening");
	return {
		endpoint: `http://${address.includes(":") ? `[${address}]` : address}:${portOf(server)}`,
		close: () => closeServer(server),
	};
}

function portOf(server: Server): number {
	const address = server.address();
	if (address === null || typeof address === "string") throw new Error("The server has no port");
	return address.port;
}

async function closeServer(server: Server): Promise<void> {
	if (!server.listening) return;
	const closed = once(server, "close");
	server.close();
	server.closeAllConnections();
	await closed;
}

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** A server that is up: where it answers, and how to end it. */
export interface LocalServer {
	/** `http://127.0.0.1:<port>`, without a slash at the end. */
	readonly endpoint: string;
	/** Cuts every connection and frees the port. Safe to repeat. */
	close(): Promise<void>;
}

/**
 * Serves HTTP on 127.0.0.1. A port of 0 takes a free one. `onContinue` answers requests that wait for
 * `100 Continue`, so that they can be refused before a byte of body is sent.
 */
export async function listen(
	port: number,
	onRequest: (request: IncomingMessage, response: ServerResponse) => void,
	onContinue: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<LocalServer> {
	const server = createServer({
		// a large body on a slow line may take longer than Node's default of five minutes
		requestTimeout: 0,
		// above the idle time of the usual connection pools, so that no reused socket is half closed
		keepAliveTimeout: 60_000,
	});
	server.on("request", onRequest);
	server.on("checkContinue", onContinue);
	server.listen(port, "127.0.0.1");
	await once(server, "listening");
	return { endpoint: `http://127.0.0.1:${portOf(server)}`, close: () => closeServer(server) };
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

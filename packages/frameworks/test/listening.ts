import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { RunningServer } from "./check-server.ts";

/** Waits until a server listens; `path` is where the upload handler is mounted. */
export async function running(server: Server, path = "/api/uploads"): Promise<RunningServer> {
	if (!server.listening) await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	return {
		endpoint: `http://127.0.0.1:${port}${path}`,
		close() {
			server.close();
			server.closeAllConnections();
		},
	};
}

/** Serves an app on a free port of 127.0.0.1. */
export const serve = (listener: RequestListener, path?: string): Promise<RunningServer> =>
	running(createServer(listener).listen(0, "127.0.0.1"), path);

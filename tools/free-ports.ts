import { once } from "node:events";
import { createServer } from "node:net";

async function isFree(port: number): Promise<boolean> {
	const server = createServer();
	server.listen(port, "127.0.0.1");
	try {
		await once(server, "listening");
	} catch {
		return false;
	}
	server.close();
	await once(server, "close");
	return true;
}

/**
 * The first of a run of free ports of 127.0.0.1, for programs that cannot choose one themselves: below those that the
 * system hands out, so that no test server takes one before the program does.
 */
export async function freePorts(count = 1): Promise<number> {
	for (let attempt = 0; attempt < 50; attempt++) {
		const first = 11_000 + count * Math.floor((Math.random() * 19_000) / count);
		const ports = Array.from({ length: count }, (_, index) => first + index);
		const free = await Promise.all(ports.map(isFree));
		if (free.every(Boolean)) return first;
	}
	throw new Error(`No run of ${count} free ports was found`);
}

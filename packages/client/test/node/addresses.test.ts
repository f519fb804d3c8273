import type { LookupAddress } from "node:dns";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { type Addresses, createAddresses } from "../../src/node/addresses.js";
import { createAgents, createSend } from "../../src/node/send.js";
import { bodyOf } from "./sink.js";

const v4 = (last: number): LookupAddress => ({ address: `192.0.2.${last}`, family: 4 });
const v6: LookupAddress = { address: "2001:db8::1", family: 6 };

const addressesOf = (found: readonly LookupAddress[], now?: () => number): Addresses =>
	createAddresses((_host, _options, callback) => callback(null, [...found]), now);

/** The addresses in the order in which a connection tries them. */
function lookUp({ lookup }: Addresses, host = "host"): readonly string[] {
	let order: readonly string[] = [];
	lookup(host, { all: true }, (_error, found) => {
		order = (found as LookupAddress[]).map(({ address }) => address);
	});
	return order;
}

test("connections take the addresses in turn", () => {
	const addresses = addressesOf([v4(1), v4(2), v4(3)]);
	expect([
		lookUp(addresses)[0],
		lookUp(addresses)[0],
		lookUp(addresses)[0],
		lookUp(addresses)[0],
	]).toEqual(["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.1"]);
	addresses.lookup("host", {}, (_error, address, family) => {
		expect([address, family]).toEqual(["192.0.2.2", 4]);
	});
});

test("connections to two hosts by turns reach all addresses of each", () => {
	const addresses = addressesOf([v4(1), v4(2)]);
	const first = ["a", "b", "a", "b"].map((host) => lookUp(addresses, host)[0]);
	expect(first).toEqual(["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2"]);
});

test("the family that the system prefers stays the first", () => {
	const addresses = addressesOf([v6, v4(1), v4(2)]);
	expect(lookUp(addresses)).toEqual([v6.address, "192.0.2.1", "192.0.2.2"]);
	expect(lookUp(addresses)[0]).toBe(v6.address);
});

test("an address that failed is the last for a minute", () => {
	let time = 0;
	const addresses = addressesOf([v4(1), v4(2)], () => time);
	addresses.failed("192.0.2.1");
	expect(lookUp(addresses)).toEqual(["192.0.2.2", "192.0.2.1"]);
	expect(lookUp(addresses)).toEqual(["192.0.2.2", "192.0.2.1"]);
	time = 60_000;
	expect(lookUp(addresses)).toEqual(["192.0.2.1", "192.0.2.2"]);
});

test("a host that is not found fails as it does without", () => {
	const failure = Object.assign(new Error("no"), { code: "ENOTFOUND" });
	const addresses = createAddresses((_host, _options, callback) => callback(failure, []));
	addresses.lookup("host", {}, (error) => expect(error).toBe(failure));
});

/** A server at one address that answers, or is silent. */
async function serveAt(address: string, port: number, answers: () => boolean): Promise<number> {
	const server = createServer((request, response) => {
		request.resume();
		if (answers()) request.on("end", () => response.end(address));
	});
	await new Promise<void>((resolve, reject) => {
		server.on("error", reject);
		server.listen(port, address, resolve);
	});
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return (server.address() as AddressInfo).port;
}

// other systems have one address of version 4
test.runIf(process.platform === "linux")(
	"an attempt that timed out is repeated at another address, and the connections to the first are closed",
	async () => {
		let silent = false;
		const port = await serveAt("127.0.0.1", 0, () => !silent);
		await serveAt("127.0.0.2", port, () => true);
		const found = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
		const addresses = addressesOf(found);
		const agents = createAgents(4, addresses.lookup);
		onTestFinished(() => agents.http.destroy());
		const send = createSend(agents, addresses);
		const put = async (): Promise<string> => {
			const request = { method: "PUT", url: `http://host.test:${port}/`, headers: {} };
			const response = await send(request, bodyOf(Buffer.alloc(10)), {
				signal: new AbortController().signal,
				stallTimeout: 250,
				onSent: () => {},
			});
			return await response.text();
		};
		const both = await Promise.all([put(), put()]);
		expect(both.sort()).toEqual(["127.0.0.1", "127.0.0.2"]);
		silent = true;
		const [lost, kept] = await Promise.allSettled([put(), put()]);
		expect([lost, kept].map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
		const later = await Promise.all([put(), put(), put()]);
		expect(later).toEqual(["127.0.0.2", "127.0.0.2", "127.0.0.2"]);
	},
);

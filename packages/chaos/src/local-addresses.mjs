// The addresses of localhost, so that one of them can die.
import dns from "node:dns";
import { once } from "node:events";
import { syncBuiltinESMExports } from "node:module";
import { createServer } from "node:net";

const both = [
	{ address: "127.0.0.1", family: 4 },
	{ address: "::1", family: 6 },
];

/** The addresses of localhost that this machine has; from now on Node resolves it to them, as browsers do. */
export async function localAddresses() {
	const server = createServer().listen(0, "::1");
	const found = await once(server, "listening").then(
		() => both,
		() => both.slice(0, 1),
	);
	server.close();
	const { lookup } = dns;
	dns.lookup = (name, ...rest) => {
		const [options, callback] = rest.length > 1 ? rest : [{}, ...rest];
		if (name !== "localhost") return lookup(name, options, callback);
		if (options.all) callback(null, found);
		else callback(null, found[0].address, found[0].family);
	};
	// for the modules that have imported it
	syncBuiltinESMExports();
	return found.map(({ address }) => address);
}

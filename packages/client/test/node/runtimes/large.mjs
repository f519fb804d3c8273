// RUNTIME large.mjs CLIENT OPTIONS: uploads a large file in three ways, and prints sizes and memory as JSON.
import { createReadStream, openAsBlob, readFileSync } from "node:fs";

const [client, options] = process.argv.slice(2);
const { createClient, fromPath } = await import(client);
const { endpoint, path, prefix } = JSON.parse(options);
const { uploadFile } = createClient({ endpoint });

const sources = {
	path: () => fromPath(path),
	blob: () => globalThis.Bun?.file(path) ?? openAsBlob(path),
	stream: () => createReadStream(path),
};

/** The most mebibytes that this process has taken. */
const peak = () =>
	Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) >> 10;

const outcomes = {};
for (const [name, open] of Object.entries(sources)) {
	const before = peak();
	const { size, verified } = await uploadFile(await open(), prefix + name);
	outcomes[name] = { size, verified, grown: peak() - before };
}
console.log(JSON.stringify(outcomes));

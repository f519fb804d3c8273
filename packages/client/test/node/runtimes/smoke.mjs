// RUNTIME smoke.mjs CLIENT OPTIONS: uploads in every way that a program can, and prints the outcomes as JSON.
import { closeSync, createReadStream, openSync } from "node:fs";

const [client, options] = process.argv.slice(2);
const { createClient, fromPath } = await import(client);
const { endpoint, path, prefix } = JSON.parse(options);

const { uploadFile } = createClient({ endpoint });
const inParts = createClient({ endpoint, multipartThreshold: 1 });

const uploads = {
	small: (key) => uploadFile(new TextEncoder().encode("small"), key),
	path: (key) => uploadFile(fromPath(path), key),
	parts: (key) => inParts.uploadFile(fromPath(path), key),
	// Node 22 warns on stderr of more than ten listeners on one signal
	shared: async (key) => {
		const { signal } = new AbortController();
		const names = Array.from({ length: 12 }, (_, i) => `${key}${i}`);
		const results = await Promise.all(
			names.map((name) => uploadFile(new Uint8Array(1), name, { signal })),
		);
		return { size: results.length };
	},
	stream: (key) => uploadFile(createReadStream(path), key),
	missing: (key) => uploadFile(fromPath(`${path}.missing`), key),
	unreadable(key) {
		const fd = openSync(path);
		const stream = createReadStream("", { fd });
		closeSync(fd);
		return uploadFile(stream, key);
	},
	abort(key) {
		// never ends: nothing can be stored before the abort
		const endless = new ReadableStream({
			pull: async (controller) => {
				controller.enqueue(new Uint8Array(2 ** 20));
				await new Promise((resolve) => setImmediate(resolve));
			},
		});
		const upload = uploadFile(endless, key, {
			onProgress: ({ loaded }) => loaded > 0 && upload.abort(),
		});
		return upload;
	},
};

const outcomes = {};
for (const [name, start] of Object.entries(uploads)) {
	outcomes[name] = await start(prefix + name).then(
		({ size }) => size,
		({ code, message }) => `${code}: ${message}`,
	);
}
console.log(JSON.stringify(outcomes));

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { json, text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { crc32 } from "node:zlib";
import { build } from "esbuild";
import { expect, onTestFinished, test } from "vitest";

const mebibyte = 1024 * 1024;
const size = 128 * mebibyte;
const partSize = 16 * mebibyte;

/** A program as users deploy it: bundled into one file. */
const program = `
	import { createClient } from "./src/node/index.ts";
	import { fromPath } from "./src/node/files.ts";
	import { subscribe } from "node:diagnostics_channel";
	const sockets = [];
	subscribe("net.client.socket", ({ socket }) => sockets.push(socket));
	process.on("exit", () => {
		console.log(sockets.filter(({ destroyed }) => !destroyed).length);
	});
	const [endpoint, path] = process.argv.slice(2);
	await createClient({ endpoint }).uploadFile(fromPath(path), "a");
`;

async function startEndpoint(): Promise<{
	readonly url: string;
	readonly stored: ReadonlyMap<string, number>;
	readonly completed: () => unknown;
}> {
	const stored = new Map<string, number>();
	let completed: unknown;
	const server = createServer(async (request, response) => {
		const { pathname } = new URL(request.url ?? "", "http://host");
		if (request.method === "PUT") {
			let bytes = 0;
			for await (const chunk of request) bytes += chunk.length;
			stored.set(pathname, bytes);
			return response.setHeader("etag", '"1"').end();
		}
		const call: unknown = await json(request);
		response.setHeader("content-type", "application/json");
		if (pathname === "/complete") {
			completed = call;
			return response.end(JSON.stringify({ key: "a", size }));
		}
		const values = Array.from({ length: size / partSize }, () => "s");
		response.writeHead(201).end(
			JSON.stringify({
				v: 1,
				kind: "multipart",
				key: "a",
				uploadId: "u",
				token: "t",
				size,
				partSize,
				partCount: values.length,
				algorithm: "crc32",
				window: {
					first: 1,
					count: values.length,
					method: "PUT",
					urls: [`http://${request.headers.host}/part/{partNumber}?sig={value}`],
					values,
					headers: {},
					receiptHeader: "etag",
					expiresIn: 3600,
					expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
				},
			}),
		);
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	return { url: `http://127.0.0.1:${port}`, stored, completed: () => completed };
}

test("a bundled program uploads a large file and exits while its connections are kept alive", async () => {
	const folder = await mkdtemp(join(tmpdir(), "skyput-"));
	onTestFinished(() => rm(folder, { recursive: true }));
	const outfile = join(folder, "program.mjs");
	await build({
		stdin: { contents: program, resolveDir: fileURLToPath(new URL("../..", import.meta.url)) },
		bundle: true,
		format: "esm",
		platform: "node",
		conditions: ["source"],
		outfile,
	});
	const file = join(folder, "large.bin");
	await writeFile(file, "");
	await truncate(file, size);
	const endpoint = await startEndpoint();

	const child = spawn(process.execPath, [outfile, endpoint.url, file], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
	expect(code).toBe(0);
	// it did not wait for its idle connections to time out
	expect(Number(printed)).toBeGreaterThan(0);
	expect([...endpoint.stored.values()]).toEqual(Array(8).fill(partSize));
	const digest = Buffer.alloc(4);
	digest.writeUInt32BE(crc32(Buffer.alloc(size)));
	expect(endpoint.completed()).toMatchObject({
		checksum: { algorithm: "crc32", value: digest.toString("base64") },
	});
});

import { once } from "node:events";
import { createServer } from "node:http";
import { pipeline, Readable } from "node:stream";

export const etag = '"bench"';

/**
 * Serves one content by ranges, as a storage does.
 *
 * @param {import("./contents.mjs").Content} content
 */
export async function serveContent(content) {
	let sent = 0;
	const server = createServer((request, response) => {
		const [start, last] = request.headers.range.slice("bytes=".length).split("-").map(Number);
		response.writeHead(206, { etag, "content-range": `bytes ${start}-${last}/${content.size}` });
		const chunks = function* () {
			for (let at = start; at <= last; at += 2 ** 18) {
				const chunk = content.read(at, Math.min(at + 2 ** 18, last + 1));
				sent += chunk.length;
				yield chunk;
			}
		};
		pipeline(Readable.from(chunks()), response, () => undefined);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return {
		url: `http://127.0.0.1:${server.address().port}/object`,
		/** Bytes, also those of responses that broke off. */
		sent: () => sent,
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}

// ENDPOINT=https://api.example.com/uploads node upload.mjs ./film.mp4 videos/42/film.mp4
import { UploadError, uploadFile } from "@skyput/client";
import { fromPath } from "@skyput/client/node";
import { showProgress } from "./progress-bar.mjs";

const [path, key] = process.argv.slice(2);
const { ENDPOINT: endpoint, TOKEN } = process.env;
if (!path || !key || !endpoint) {
	console.error("usage: ENDPOINT=https://api.example.com/uploads node upload.mjs <file> <key>");
	process.exit(2);
}

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());

try {
	const { size, etag } = await uploadFile(fromPath(path), key, {
		endpoint,
		headers: TOKEN ? { authorization: `Bearer ${TOKEN}` } : {},
		onProgress: showProgress,
		signal: stop.signal,
	});
	console.log(`\nstored ${key}, ${size} bytes, etag ${etag}`);
} catch (error) {
	if (!(error instanceof UploadError)) throw error;
	console.error(`\n${error.code}: ${error.message}`);
	process.exitCode = error.code === "aborted" ? 130 : 1;
}

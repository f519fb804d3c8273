// Uploads a small file and one above 100 MB through the real Lambda handler to a local S3 server, and
// reads them back. Run it with `npm run demo`.
import { createClient } from "@skyput/client";
import { fromPath } from "@skyput/client/node";
import { startDemoBackend } from "./backend.mjs";
import { printCurlCalls } from "./curl-calls.mjs";
import { makeFiles } from "./files.mjs";
import { startPage } from "./page-server.mjs";
import { showProgress } from "./progress-bar.mjs";
import { readBack } from "./read-back.mjs";
import { stopped, whenStopped } from "./stopped.mjs";

const backend = await startDemoBackend();
const files = await makeFiles();
try {
	const client = createClient({ endpoint: backend.endpoint });

	for (const file of files.all) {
		const key = `users/42/${file.name}`;
		const progress = showProgress(file.name);
		const result = await client.uploadFile(fromPath(file.path), key, {
			onProgress: progress.update,
			signal: stopped,
		});
		progress.end();
		await readBack(backend, result, file);
	}

	if (!process.argv.includes("--once")) {
		const page = await startPage(backend);
		try {
			console.log(`\nA page to upload from   ${page.address}`);
			await printCurlCalls(backend, files.folder);
			await whenStopped;
		} finally {
			await page.close();
		}
	}
} catch (error) {
	// Ctrl-C during an upload is not a failure
	if (stopped.aborted) process.exitCode = 130;
	else throw error;
} finally {
	await backend.close();
	await files.remove();
	if (stopped.aborted) console.log("\nStopped; nothing is left behind.");
}

// Starts a local S3 server and the Python server on it, holds that to the contract, and uploads by the client.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { createClient } from "@skyput/client";
import { startS3Server } from "@skyput/testing";

const storage = await startS3Server();
const server = spawn("python3", ["server.py"], {
	cwd: import.meta.dirname,
	env: {
		...process.env,
		PYTHONDONTWRITEBYTECODE: "1",
		BUCKET_NAME: storage.bucket,
		AWS_REGION_NAME: storage.region,
		AWS_ACCESS_KEY_ID: storage.accessKeyId,
		AWS_SECRET_ACCESS_KEY: storage.secretAccessKey,
		AWS_SESSION_TOKEN: "",
		S3_ENDPOINT: storage.endpoint,
		UPLOAD_TOKEN_SECRET: crypto.randomUUID(),
		ALLOWED_ORIGINS: "https://app.example.com",
		OWNER_HEADER: "x-user",
		PORT: "0",
	},
	stdio: ["ignore", "pipe", "inherit"],
});
try {
	const [url] = await Promise.race([
		once(createInterface(server.stdout), "line"),
		once(server, "exit").then(([code]) => {
			throw new Error(`server.py ended with ${code}`);
		}),
		once(server, "error").then(([error]) => {
			throw new Error("python3 did not start: apt-get install python3", { cause: error });
		}),
	]);
	const words = ["--key", "files/{random}", "--refused-key", "others/a"];
	const page = ["--origin", "https://app.example.com"];
	const callers = ["--header", "x-user: 1", "--other-header", "x-user: 2"];
	const all = ["skyput", "conform", url, ...words, ...page, ...callers];
	const { stdout } = await promisify(execFile)("npx", all, { cwd: import.meta.dirname });
	console.log(stdout);
	if (!stdout.endsWith(" passed, 0 failed, 0 skipped\n")) throw new Error("a case was skipped");
	const client = createClient({ endpoint: url, multipartThreshold: 20_000_000 });
	for (const size of [5, 40_000_000]) {
		const stored = await client.uploadFile(new Blob([new Uint8Array(size)]), `files/${size}`);
		console.log(`uploaded ${stored.size} bytes by @skyput/client`);
		if (stored.size !== size) throw new Error(`${stored.size} bytes instead of ${size}`);
	}
} catch (error) {
	console.error(error.stdout ?? error);
	process.exitCode = 1;
} finally {
	server.kill();
	await storage.close();
}

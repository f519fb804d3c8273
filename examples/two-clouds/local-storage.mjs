// A local S3 server and Azurite, both in memory and gone when the process exits, and the environment
// variables for them. To use your own bucket and container, set these variables and remove this file.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { startS3Server } from "@skyput/testing";

const s3 = await startS3Server();

/** Azurite's account, from its documentation. */
const account = "devstoreaccount1";
const accountKey =
	"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const container = "films";

const endpoint = `${await startAzurite()}/${account}`;
const credential = new StorageSharedKeyCredential(account, accountKey);
await new BlobServiceClient(endpoint, credential).createContainer(container);

// the SDK prefers a profile to keys, and the session token belongs to other keys
delete process.env.AWS_PROFILE;
delete process.env.AWS_SESSION_TOKEN;
Object.assign(process.env, {
	BUCKET_NAME: s3.bucket,
	AWS_REGION: s3.region,
	AWS_ACCESS_KEY_ID: s3.accessKeyId,
	AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
	S3_ENDPOINT: s3.endpoint,
	AZURE_STORAGE_ACCOUNT: account,
	AZURE_STORAGE_KEY: accountKey,
	AZURE_STORAGE_CONTAINER: container,
	AZURE_STORAGE_ENDPOINT: endpoint,
	UPLOAD_TOKEN_SECRET: randomBytes(32).toString("base64"),
});

/** Resolves with the address of an Azurite on a free port. */
async function startAzurite() {
	const main = createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
	const options = ["--inMemoryPersistence", "--blobPort", "0", "--skipApiVersionCheck"];
	const child = spawn(process.execPath, [main, ...options, "--disableTelemetry"], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	process.once("exit", () => child.kill());
	for await (const line of createInterface(child.stdout)) {
		const [origin] = /http:\/\/[\d.]+:\d+/.exec(line) ?? [];
		if (origin !== undefined) {
			// nobody reads what it prints later
			child.stdout.resume();
			return origin;
		}
	}
	throw new Error("Azurite did not start");
}

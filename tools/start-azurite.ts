import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";

/** An Azurite that is up, with a container. */
export interface Azurite {
	readonly endpoint: string;
	readonly account: string;
	readonly accountKey: string;
	readonly container: string;
	/** Ends its process. */
	close(): Promise<void>;
}

const account = "devstoreaccount1";
/** Public: it is in the documentation of Azurite. */
const accountKey =
	"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const container = "uploads";

/**
 * Starts Azurite, the emulator of Azure Blob Storage, in memory on a free port of 127.0.0.1.
 *
 * @param certificate - Serves https, and accepts tokens of Microsoft Entra, of which it checks no signature.
 */
export async function startAzurite(certificate?: {
	readonly cert: string;
	readonly key: string;
}): Promise<Azurite> {
	const folder = await mkdtemp(join(tmpdir(), "skyput-azurite-"));
	const secure: string[] = [];
	for (const [name, content] of Object.entries(certificate ?? {})) {
		await writeFile(join(folder, name), content);
		secure.push(`--${name}`, join(folder, name));
	}
	if (certificate) secure.push("--oauth", "basic");
	const main = createRequire(import.meta.url).resolve("azurite/dist/src/blob/main.js");
	const options = ["--inMemoryPersistence", "--blobHost", "127.0.0.1", "--blobPort", "0"];
	const child = spawn(
		process.execPath,
		// the SDK that makes the container is newer than the versions that Azurite knows
		[main, ...options, ...secure, "--silent", "--disableTelemetry", "--skipApiVersionCheck"],
		{ stdio: ["ignore", "pipe", "inherit"] },
	);
	const stopNow = (): void => void child.kill();
	process.once("exit", stopNow);
	const ended = once(child, "exit");
	const close = async (): Promise<void> => {
		process.off("exit", stopNow);
		child.kill();
		await ended;
		await rm(folder, { recursive: true, force: true });
	};
	try {
		const endpoint = `${await originOf(createInterface(child.stdout), ended)}/${account}`;
		const credential = new StorageSharedKeyCredential(account, accountKey);
		const service = new BlobServiceClient(endpoint, credential);
		await service.createContainer(container);
		// as docs/azure.md sets it, for any page
		await service.setProperties({
			cors: [
				{
					allowedOrigins: "*",
					allowedMethods: "PUT",
					allowedHeaders: "content-md5",
					exposedHeaders: "",
					maxAgeInSeconds: 3600,
				},
			],
		});
		return { endpoint, account, accountKey, container, close };
	} catch (error) {
		await close();
		throw new Error("Azurite did not start", { cause: error });
	}
}

/** Deletes all blobs. */
export async function clearAzurite(azurite: Omit<Azurite, "close">): Promise<void> {
	const credential = new StorageSharedKeyCredential(azurite.account, azurite.accountKey);
	const service = new BlobServiceClient(azurite.endpoint, credential);
	await service.deleteContainer(azurite.container);
	await service.createContainer(azurite.container);
}

/** The origin that it says it listens on. */
async function originOf(lines: AsyncIterable<string>, ended: Promise<unknown>): Promise<string> {
	const read = async (): Promise<string> => {
		for await (const line of lines) {
			const origin = /listens on (https?:\/\/\S+)/.exec(line)?.[1];
			if (origin) return origin;
		}
		throw new Error("It said nothing of an address");
	};
	const failed = async (): Promise<never> => {
		throw new Error(`It ended: ${await ended}`);
	};
	return Promise.race([read(), failed()]);
}

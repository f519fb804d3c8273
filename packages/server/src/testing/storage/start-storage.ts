import type { ProviderCapabilities } from "../../provider.js";
import { listen } from "../listen.js";
import { newBucket } from "./buckets.js";
import { storageCapabilities } from "./capabilities.js";
import { permissiveCors } from "./cors-rules.js";
import type { Site } from "./operation.js";
import { serve } from "./serve.js";
import { folderShelf, memoryShelf } from "./stored-bytes.js";

export interface StorageOptions {
	/** @default a free port */
	readonly port?: number;
	/** A folder for the bodies of objects; they are deleted by `close()`. @default memory */
	readonly dir?: string;
}

/** A storage that is up, and what a client of it needs to know. */
export interface LocalStorage {
	/** `http://127.0.0.1:<port>`. Buckets stand in the path, or before `.localhost`. */
	readonly endpoint: string;
	readonly region: string;
	/** Exists already, and lets pages of any origin in. */
	readonly bucket: string;
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	/** What `s3Provider` may expect of it. */
	readonly capabilities: ProviderCapabilities;
	/** Forgets everything and frees the port. */
	close(): Promise<void>;
}

/**
 * Starts a strict S3-compatible server on 127.0.0.1, for demos and tests. It verifies every signature
 * and answers with the codes of AWS; it keeps objects until it is closed, in memory or in `dir`.
 */
export async function startStorage(options: StorageOptions = {}): Promise<LocalStorage> {
	const bucket = "skyput";
	const site: Site = {
		region: "us-east-1",
		accessKeyId: "SKYPUTLOCALSTORAGE00",
		secretAccessKey: "local-storage-secret-that-protects-nothing",
		buckets: new Map([[bucket, newBucket(bucket, permissiveCors)]]),
		shelf: options.dir === undefined ? memoryShelf() : folderShelf(options.dir),
	};
	const handle =
		(expectsContinue: boolean) =>
		(...[request, response]: Parameters<Parameters<typeof listen>[1]>): void => {
			// what fails here is the connection itself: there is nobody left to answer
			serve(site, request, response, expectsContinue).catch(() => response.destroy());
		};
	const server = await listen(options.port ?? 0, handle(false), handle(true));
	return {
		endpoint: server.endpoint,
		region: site.region,
		bucket,
		accessKeyId: site.accessKeyId,
		secretAccessKey: site.secretAccessKey,
		capabilities: storageCapabilities,
		async close() {
			await server.close();
			await site.shelf.clear();
		},
	};
}

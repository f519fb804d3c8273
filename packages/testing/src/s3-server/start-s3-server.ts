import type { ProviderCapabilities } from "@skyput/server/provider";
import { listen } from "../listen.js";
import { folderShelf, memoryShelf } from "./blob-store.js";
import { newBucket } from "./buckets.js";
import { s3ServerCapabilities } from "./capabilities.js";
import { permissiveCors } from "./cors-rules.js";
import { serve } from "./handle-request.js";
import type { Site } from "./operation.js";

export interface S3ServerOptions {
	/** @default a free port */
	readonly port?: number;
	/** A folder for the bodies of objects; they are deleted by `close()`. @default memory */
	readonly dir?: string;
}

/** A storage that is up, and what a client of it needs to know. */
export interface S3Server {
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
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
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
		capabilities: s3ServerCapabilities,
		async close() {
			await server.close();
			await site.shelf.clear();
		},
	};
}

import type { ProviderCapabilities } from "@skyput/server/provider";
import { listen } from "../listen.js";
import { folderBlobStore, memoryBlobStore } from "./blob-store.js";
import { newBucket } from "./buckets.js";
import { behaviours, capabilitiesOf, type S3Compatibility } from "./compatibility.js";
import { permissiveCors } from "./cors-rules.js";
import { handleRequest } from "./handle-request.js";
import type { S3State } from "./operation.js";
import { maxBody } from "./receive-body.js";

export interface S3ServerOptions {
	/** @default a free port */
	readonly port?: number | undefined;
	/** A folder for the bodies of objects; `close()` deletes them. @default memory */
	readonly dir?: string | undefined;
	/** The service to behave as, where services differ in checksums and conditions. @default "aws" */
	readonly compatibility?: S3Compatibility | undefined;
}

/** A running S3 server. */
export interface S3Server {
	/** `http://127.0.0.1:<port>`. Accepts path-style requests, and `<bucket>.localhost` as host. */
	readonly endpoint: string;
	readonly region: string;
	/** An empty bucket whose CORS rules allow every origin. */
	readonly bucket: string;
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	/** The `capabilities` option of `s3Provider`. */
	readonly capabilities: ProviderCapabilities;
	/** Deletes all objects and frees the port. Safe to repeat. */
	close(): Promise<void>;
}

/** All that AWS enforces. */
const ofAws: ProviderCapabilities = {
	single: { maxSize: maxBody },
	multipart: {
		minPartSize: 5 * 1024 ** 2,
		maxPartSize: maxBody,
		maxParts: 10_000,
		maxObjectSize: 50e12,
		equalParts: false,
		listParts: true,
		abort: "immediate",
	},
	createOnly: { single: "enforced", multipart: "at-complete" },
	enforce: { singleSize: "exact", partSize: "exact", contentType: "signed" },
	checksums: {
		single: ["crc32", "crc32c", "crc64nvme", "sha256", "md5"],
		part: ["md5"],
		object: ["crc32", "crc32c", "crc64nvme"],
		reported: ["crc64nvme"],
	},
	conditionalDelete: true,
	signing: { cost: "local", maxExpiresIn: 604_800 },
	cors: {
		methods: ["PUT"],
		requestHeaders: ["*"],
		exposeHeaders: ["ETag"],
	},
};

/**
 * Starts a strict S3-compatible server on 127.0.0.1, for demos and tests. It verifies signatures,
 * conditions and checksums, and responds with the error codes of AWS.
 *
 * @param options where to listen, and where to store bodies
 * @returns the running server
 */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
	const { compatibility = "aws" } = options;
	const bucket = "skyput";
	const state: S3State = {
		region: "us-east-1",
		accessKeyId: "SKYPUTLOCALSTORAGE00",
		secretAccessKey: "local-storage-secret-that-protects-nothing",
		buckets: new Map([[bucket, newBucket(bucket, permissiveCors)]]),
		blobs: options.dir === undefined ? memoryBlobStore() : folderBlobStore(options.dir),
		behaviour: behaviours[compatibility],
	};
	const handle =
		(expectsContinue: boolean) =>
		(...[request, response]: Parameters<Parameters<typeof listen>[1]>): void => {
			// only a broken connection rejects
			handleRequest(state, request, response, expectsContinue).catch(() => response.destroy());
		};
	const server = await listen(options.port ?? 0, handle(false), handle(true));
	const { region, accessKeyId, secretAccessKey } = state;
	return {
		endpoint: server.endpoint,
		region,
		bucket,
		accessKeyId,
		secretAccessKey,
		capabilities: capabilitiesOf(compatibility, ofAws),
		async close() {
			await server.close();
			await state.blobs.clear();
		},
	};
}

import { createPublicKey, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { checkOptions } from "../check-options.js";
import { listen } from "../listen.js";
import { memoryBlobStore } from "../s3-server/blob-store.js";
import type { CorsRule } from "../s3-server/cors-rules.js";
import type { GcsState } from "./gcs-state.js";
import { handleRequest } from "./handle-request.js";

/** One rule of a bucket's CORS configuration, as `gcloud storage buckets update --cors-file` takes it. */
export interface GcsCorsRule {
	readonly origin: readonly string[];
	readonly method: readonly string[];
	/** Headers that a page may send, and that it may read. */
	readonly responseHeader?: readonly string[] | undefined;
	/** Seconds. */
	readonly maxAgeSeconds?: number | undefined;
}

export interface GcsServerOptions {
	/** @default a free port */
	readonly port?: number | undefined;
	/** The bucket's CORS configuration. @default every origin and header */
	readonly cors?: readonly GcsCorsRule[] | undefined;
	/** Entries in a page of objects or uploads, at most. @default 1000, as Google documents */
	readonly pageSize?: number | undefined;
}

/** A running server of the XML API of Google Cloud Storage. */
export interface GcsServer {
	/** `http://127.0.0.1:<port>`. Accepts the bucket in the path only. */
	readonly endpoint: string;
	/** An empty bucket. */
	readonly bucket: string;
	/** A service account's key, made for this server. */
	readonly serviceAccount: { readonly client_email: string; readonly private_key: string };
	readonly hmacKey: { readonly accessId: string; readonly secret: string };
	/** An OAuth access token. */
	readonly token: string;
	/** Deletes all objects and uploads, so that a test finds nothing of the one before. */
	clear(): void;
	/** Deletes all objects and frees the port. Safe to repeat. */
	close(): Promise<void>;
}

const everyRequest: readonly GcsCorsRule[] = [
	{ origin: ["*"], method: ["GET", "PUT"], responseHeader: ["*"], maxAgeSeconds: 3600 },
];

/** A header list serves for both directions; `*` is not a list of readable headers. */
function corsRule({ origin, method, responseHeader = [], maxAgeSeconds }: GcsCorsRule): CorsRule {
	return {
		origins: origin,
		methods: method,
		headers: responseHeader,
		expose: responseHeader.flatMap((name) => (name === "*" ? ["ETag", "x-goog-hash"] : [name])),
		...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }),
	};
}

/**
 * Starts a strict server of the XML API of Google Cloud Storage on 127.0.0.1, for tests. It verifies version 4
 * signatures (RSA and HMAC, in URLs and headers), generation preconditions, length ranges and checksums, and
 * responds with Google's error codes. It simulates what Google documents; it was not compared with the service.
 *
 * @param options where to listen, and the bucket's CORS configuration
 * @returns the running server
 * @throws TypeError for an unknown option
 */
export async function startGcsServer(options: GcsServerOptions = {}): Promise<GcsServer> {
	checkOptions("startGcsServer()", options, {
		port: true,
		cors: true,
		pageSize: true,
	} satisfies Readonly<Record<keyof GcsServerOptions, true>>);
	const { port = 0, cors = everyRequest, pageSize = 1_000 } = options;
	const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
	let generation = Date.now() * 1_000;
	const state: GcsState = {
		bucket: "skyput",
		clientEmail: "uploads@skyput-test.iam.gserviceaccount.com",
		publicKey: createPublicKey(privateKey),
		accessId: "GOOGSKYPUTLOCALSTORAGE",
		secret: "local-storage-secret-that-protects-nothing",
		token: "local-access-token-that-protects-nothing",
		cors: cors.map(corsRule),
		pageSize,
		blobs: memoryBlobStore(),
		objects: new Map(),
		uploads: new Map(),
		nextGeneration: () => String(++generation),
	};
	const handle =
		(expectsContinue: boolean) =>
		(...[request, response]: Parameters<Parameters<typeof listen>[1]>): void => {
			// only a broken connection rejects
			handleRequest(state, request, response, expectsContinue).catch(() => response.destroy());
		};
	const clear = (): void => {
		state.objects.clear();
		state.uploads.clear();
	};
	const server = await listen(port, handle(false), handle(true));
	const { bucket, clientEmail, accessId, secret, token } = state;
	return {
		endpoint: server.endpoint,
		bucket,
		serviceAccount: {
			client_email: clientEmail,
			private_key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
		},
		hmacKey: { accessId, secret },
		token,
		clear,
		async close() {
			await server.close();
			clear();
		},
	};
}

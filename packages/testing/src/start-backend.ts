import type { Principal, Uploads } from "@skyput/server";
import type { HandlerOptions } from "@skyput/server/lambda";
import type { PresignProvider } from "@skyput/server/provider";
import type { S3ProviderOptions } from "@skyput/server/s3";
import { type GatewayOptions, startGateway } from "./api-gateway/gateway.js";
import { checkOptions } from "./check-options.js";
import {
	type FaultProxy,
	type FaultProxyOptions,
	startFaultProxy,
} from "./fault-proxy/start-fault-proxy.js";
import { type LocalServer, listen } from "./listen.js";
import { type S3ServerOptions, startS3Server } from "./s3-server/start-s3-server.js";

/** An S3-compatible server, such as the result of `startS3Server()`. */
export interface BackendStorage
	extends Pick<S3ProviderOptions, "capabilities" | "compatibility" | "hosts" | "unsignedHeaders"> {
	readonly endpoint: string;
	readonly region: string;
	readonly bucket: string;
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	/** Deletes all objects and uploads. */
	readonly clear?: (() => Promise<void>) | undefined;
}

type ProxyOptions = Omit<FaultProxyOptions, "target">;

export interface BackendOptions {
	/** The table that `defineUploads` returned. */
	readonly uploads: Uploads;
	/** Every caller's identity. @default null, a caller who is not signed in */
	readonly principal?: Principal | null | undefined;
	/** Further options of the upload handler. @default { tokenSecret: a random one } */
	readonly handler?: Partial<Omit<HandlerOptions, "uploads" | "provider">> | undefined;
	/** Runs the Lambda handler behind an API Gateway emulator, or the Node handler. @default "gateway" */
	readonly runtime?: "gateway" | "node" | undefined;
	/** Options of the API Gateway emulator. @default {} */
	readonly gateway?: GatewayOptions | undefined;
	/** A server that runs already; `close()` leaves it running. @default a new `startS3Server()` */
	readonly storage?: BackendStorage | undefined;
	/**
	 * A storage of another kind, such as an emulator of another cloud, instead of an S3 server: then neither
	 * `storage` nor `s3` nor `storageProxy` can be given. @default an `s3Provider()`
	 */
	readonly provider?: PresignProvider | undefined;
	/** Options of the S3 server that is started. Its faults are those of `storageProxy`. @default {} */
	readonly s3?: Omit<S3ServerOptions, "faults"> | undefined;
	/** Puts a fault proxy in front of the storage server. @default no proxy */
	readonly storageProxy?: ProxyOptions | undefined;
	/** Puts a fault proxy in front of the upload handler. @default no proxy */
	readonly handlerProxy?: ProxyOptions | undefined;
}

/** A running upload handler with its storage. */
export interface Backend {
	/** Where the upload handler is mounted: the `endpoint` of a client. */
	readonly endpoint: string;
	/** Absent where `provider` was given. */
	readonly storage?: BackendStorage | undefined;
	/** Reaches the storage server directly, past any fault proxy. */
	readonly provider: PresignProvider;
	/** Present where `storageProxy` was given. */
	readonly storageProxy?: FaultProxy | undefined;
	/** Present where `handlerProxy` was given. */
	readonly handlerProxy?: FaultProxy | undefined;
	/**
	 * Reads an object from the storage server.
	 *
	 * @param key as stored
	 * @returns its bytes; null where there is none
	 */
	read(key: string): Promise<Uint8Array | null>;
	/**
	 * Deletes all objects and uploads, so that a test finds nothing of the one before.
	 *
	 * @throws TypeError where the storage has no `clear()` itself: with `provider`, or a `storage` of another kind
	 */
	clear(): Promise<void>;
	/** Stops all servers that it started. */
	close(): Promise<void>;
}

const optionNames: Readonly<Record<keyof BackendOptions, true>> = {
	uploads: true,
	principal: true,
	handler: true,
	runtime: true,
	gateway: true,
	storage: true,
	provider: true,
	s3: true,
	storageProxy: true,
	handlerProxy: true,
};

/**
 * Starts an upload handler with a strict S3 server on 127.0.0.1: everything a client needs in a test.
 * Needs `@skyput/server`.
 *
 * @param options the table of uploads; everything else has a default
 * @returns the running handler and its storage
 * @throws TypeError when the handler refuses its options
 */
export async function startBackend(options: BackendOptions): Promise<Backend> {
	checkOptions("startBackend()", Object(options), optionNames);
	const { s3Provider } = await import("@skyput/server/s3");
	const servers: LocalServer[] = [];
	const started = async <Server extends LocalServer>(server: Promise<Server>): Promise<Server> => {
		servers.push(await server);
		return server;
	};
	const close = async (): Promise<void> => {
		for (const server of servers.toReversed()) await server.close();
	};
	const proxyFor = (target: string, proxy: ProxyOptions | undefined) =>
		proxy && started(startFaultProxy({ ...proxy, target }));
	const providerAt = (storage: BackendStorage, endpoint: string): PresignProvider => {
		const { region, bucket, accessKeyId, secretAccessKey } = storage;
		const { capabilities, compatibility, hosts } = storage;
		// in a test, a storage that accepts them is tested as it is
		const { unsignedHeaders = "accepted" } = storage;
		return s3Provider({
			bucket,
			region,
			endpoint,
			forcePathStyle: true,
			credentials: { accessKeyId, secretAccessKey },
			unsignedHeaders,
			hosts,
			...(capabilities ? { capabilities } : {}),
			...(compatibility ? { compatibility } : {}),
		});
	};
	/** The storage as the handler and as the test reach it. */
	const reachStorage = async () => {
		const { provider, storage, s3, storageProxy }: BackendOptions = Object(options);
		if (provider) {
			if (!(storage ?? s3 ?? storageProxy)) return { provider, handlers: provider };
			throw new TypeError("provider cannot be combined with storage, s3 or storageProxy");
		}
		const server = storage ?? (await started(startS3Server(s3)));
		const proxy = await proxyFor(server.endpoint, storageProxy);
		const direct = providerAt(server, server.endpoint);
		return {
			storage: server,
			provider: direct,
			...(proxy ? { storageProxy: proxy } : {}),
			handlers: proxy ? providerAt(server, proxy.endpoint) : direct,
		};
	};
	try {
		const { handlers, ...reached } = await reachStorage();
		const storage: BackendStorage | undefined = "storage" in reached ? reached.storage : undefined;
		const handler = await started(startHandler({ ...options }, handlers));
		const handlerProxy = await proxyFor(handler.endpoint, options.handlerProxy);
		return {
			endpoint: `${(handlerProxy ?? handler).endpoint}/uploads`,
			...reached,
			...(handlerProxy ? { handlerProxy } : {}),
			read: (key) => readObject(reached.provider, key),
			clear: async () => {
				if (!storage?.clear)
					throw new TypeError("The storage that startBackend() was given has no clear()");
				await storage.clear();
			},
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}

/** Serves the upload handler over HTTP. */
async function startHandler(
	{ uploads, principal = null, handler, runtime, gateway }: BackendOptions,
	provider: PresignProvider,
): Promise<LocalServer> {
	const options = {
		tokenSecret: crypto.randomUUID(),
		...handler,
		uploads,
		provider,
		principal: () => principal,
	};
	if (runtime !== "node") {
		const { createLambdaHandler } = await import("@skyput/server/lambda");
		return startGateway(
			createLambdaHandler(options) as Parameters<typeof startGateway>[0],
			gateway,
		);
	}
	const { createNodeHandler } = await import("@skyput/server/node");
	const handle = createNodeHandler(options);
	return listen(
		0,
		(request, response) => void handle(request, response),
		(request, response) => {
			response.writeContinue();
			void handle(request, response);
		},
	);
}

async function readObject(provider: PresignProvider, key: string): Promise<Uint8Array | null> {
	const { method, url, headers } = await provider.signDownload(key, { expiresIn: 300 });
	const response = await fetch(url, { method, headers });
	if (response.ok) return new Uint8Array(await response.arrayBuffer());
	await response.body?.cancel();
	if (response.status === 404) return null;
	throw new Error(`Reading ${key} failed with status ${response.status}.`);
}

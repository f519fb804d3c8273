import type { ProviderCapabilities } from "@skyput/server/provider";
import { checkOptions } from "../check-options.js";
import { checkRate, type FaultRule } from "../fault-proxy/fault-rules.js";
import { faultNamed } from "../fault-proxy/fault-table.js";
import { type FaultProxy, startFaultProxy } from "../fault-proxy/start-fault-proxy.js";
import { listen } from "../listen.js";
import { awsCapabilities } from "./aws-capabilities.js";
import { folderBlobStore, memoryBlobStore } from "./blob-store.js";
import { newBucket } from "./buckets.js";
import { behaviours, capabilitiesOf, type S3Compatibility } from "./compatibility.js";
import { permissiveCors } from "./cors-rules.js";
import { handleRequest } from "./handle-request.js";
import { eventSender, type S3EventDeliveries, type S3ServerEvents } from "./object-events.js";
import type { S3State } from "./operation.js";

/** Random faults, the same ones for the same seed. */
export interface S3ServerFaults {
	/** The same seed gives the same request the same fault. @default 1 */
	readonly seed?: number | undefined;
	/** The share of requests to hit, from 0 to 1. */
	readonly rate: number;
	/** Names in the {@link faultTable}. @default all of them */
	readonly kinds?: readonly string[] | undefined;
}

export interface S3ServerOptions {
	/** @default a free port */
	readonly port?: number | undefined;
	/** A folder for the bodies of objects; `close()` deletes them. @default memory */
	readonly dir?: string | undefined;
	/** The service to behave as, where services differ in checksums and conditions. @default "aws" */
	readonly compatibility?: S3Compatibility | undefined;
	/**
	 * Behaves as a bucket with Object Lock and a default retention: refuses a body that comes without
	 * Content-MD5 or `x-amz-checksum-*`. Retention itself is not implemented.
	 *
	 * @default false
	 */
	readonly objectLock?: boolean | undefined;
	/** Delivers an event for every object that is stored in the bucket. @default none */
	readonly events?: S3ServerEvents | undefined;
	/**
	 * Faults to inject, by a fault proxy in front of the server: into the requests that rules match, or into
	 * a random share of all. @default none
	 */
	readonly faults?: readonly FaultRule[] | S3ServerFaults | undefined;
	/**
	 * Addresses of this machine that the fault proxy listens on, at one port, for faults of a single address. With
	 * several, `endpoint` names localhost, which browsers resolve to 127.0.0.1 and ::1.
	 *
	 * @default ["127.0.0.1"]
	 */
	readonly addresses?: readonly string[] | undefined;
}

/** A running S3 server. */
export interface S3Server {
	/** `http://127.0.0.1:<port>`, or of localhost where it has several addresses. Accepts path-style requests, and `<bucket>.localhost` as host. */
	readonly endpoint: string;
	readonly region: string;
	/** An empty bucket whose CORS rules allow every origin. */
	readonly bucket: string;
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	/** The `capabilities` option of `s3Provider`. */
	readonly capabilities: ProviderCapabilities;
	/** Present where `faults` was given. `rules` may be changed at any time. */
	readonly faults?: Pick<FaultProxy, "rules" | "log"> | undefined;
	/** Present where `events` was given. */
	readonly events?: S3EventDeliveries | undefined;
	/** Deletes all objects and uploads, so that a test finds nothing of the one before. Its requests must have ended. */
	clear(): Promise<void>;
	/** Deletes all objects and frees the port. Safe to repeat. */
	close(): Promise<void>;
}

function isRules(faults: readonly FaultRule[] | S3ServerFaults): faults is readonly FaultRule[] {
	return Array.isArray(faults);
}

/** What a fault proxy is started with. */
function faultOptions(faults: readonly FaultRule[] | S3ServerFaults) {
	if (isRules(faults)) return { rules: faults, random: {} };
	const { seed, rate, kinds, ...others } = faults;
	const [other] = Object.keys(others);
	if (other)
		throw new TypeError(`Unknown member "${other}" of faults. Known are: seed, rate, kinds.`);
	checkRate(rate);
	return { rules: [], random: { seed, rate, faults: kinds?.map(faultNamed) } };
}

/** Every option, which the compiler checks. */
const optionNames: Readonly<Record<keyof S3ServerOptions, true>> = {
	port: true,
	dir: true,
	compatibility: true,
	objectLock: true,
	events: true,
	faults: true,
	addresses: true,
};

/** Refuses what would have no effect. @throws TypeError */
function checkServerOptions(options: S3ServerOptions): void {
	checkOptions("startS3Server()", options, optionNames);
	const { compatibility = "aws" } = options;
	if (Object.hasOwn(behaviours, compatibility)) return;
	const known = Object.keys(behaviours).join(", ");
	throw new TypeError(`compatibility must be one of ${known}, not "${compatibility}"`);
}

/**
 * Starts a strict S3-compatible server on 127.0.0.1, for demos and tests. It verifies signatures,
 * conditions and checksums, and responds with the error codes of AWS.
 *
 * @param options where to listen, where to store bodies, and which faults to inject
 * @returns the running server
 * @throws TypeError for an unknown option or service, when `addresses` comes without `faults`, or when `faults` names
 * an unknown kind
 */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
	checkServerOptions(options);
	const { compatibility = "aws", objectLock = false } = options;
	const bucket = "skyput";
	const sender = options.events && eventSender(bucket, options.events);
	const state: S3State = {
		region: "us-east-1",
		accessKeyId: "SKYPUTLOCALSTORAGE00",
		secretAccessKey: "local-storage-secret-that-protects-nothing",
		buckets: new Map([[bucket, newBucket(bucket, permissiveCors, sender?.send)]]),
		blobs: options.dir === undefined ? memoryBlobStore() : folderBlobStore(options.dir),
		behaviour: behaviours[compatibility],
		objectLock,
	};
	const handle =
		(expectsContinue: boolean) =>
		(...[request, response]: Parameters<Parameters<typeof listen>[1]>): void => {
			// only a broken connection rejects
			handleRequest(state, request, response, expectsContinue).catch(() => response.destroy());
		};
	const { port = 0, faults, addresses } = options;
	if (addresses && !faults)
		throw new TypeError("addresses needs faults: its proxy listens on them");
	const proxied = faults && faultOptions(faults);
	const server = await listen(proxied ? 0 : port, handle(false), handle(true));
	const proxy =
		proxied &&
		(await startFaultProxy({ ...proxied.random, addresses, port, target: server.endpoint }).catch(
			async (error: unknown) => {
				await server.close();
				throw error;
			},
		));
	proxy?.rules.push(...(proxied?.rules ?? []));
	const { region, accessKeyId, secretAccessKey } = state;
	return {
		endpoint: (proxy ?? server).endpoint,
		region,
		bucket,
		accessKeyId,
		secretAccessKey,
		capabilities: capabilitiesOf(compatibility, {
			...awsCapabilities,
			checksums: { ...awsCapabilities.checksums, required: objectLock },
		}),
		...(sender ? { events: sender } : {}),
		...(proxy ? { faults: { rules: proxy.rules, log: proxy.log } } : {}),
		async clear() {
			for (const { objects, uploads } of state.buckets.values()) {
				objects.clear();
				uploads.clear();
			}
			await state.blobs.clear();
		},
		async close() {
			sender?.close();
			await proxy?.close();
			await server.close();
			await state.blobs.clear();
		},
	};
}

import { md5 } from "@noble/hashes/legacy.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { crc32Polynomials, createCrc32 } from "../digests/crc32.js";
import { createCrc64Nvme } from "../digests/crc64nvme.js";
import { fromNoble } from "../digests/from-noble.js";
import { UploadError } from "../errors.js";
import { sleep } from "../http/wait.js";
import type { Platform } from "../platform.js";
import { createOpenSource, fromBytes, type ReadFile } from "./file-source.js";
import { send } from "./send.js";

/** Bodies in flight: each part is held in memory as bytes and as base64. */
const maxConcurrency = 2;
/** Milliseconds between two attempts while there is no network. */
const pollInterval = 5_000;

/** What an app gives the client, since React Native has neither. */
export interface NativeAbilities {
	/**
	 * Reads a range of a file: needed for files in parts and for checksums, except of a File of expo-file-system.
	 *
	 * @default none
	 */
	readonly readFile?: ReadFile | undefined;
	/**
	 * Whether the device has a network, such as by expo-network. Without it, an outage counts as failed attempts, and
	 * ends an upload after some minutes.
	 *
	 * @default unknown
	 */
	readonly isOnline?: (() => boolean | Promise<boolean>) | undefined;
}

/** Nothing that React Native has outlasts the app. */
export const noStore = (): UploadError =>
	new UploadError(
		"unsupported",
		"React Native keeps no records by itself: pass `resume: storageResumeStore(AsyncStorage)` instead of true.",
	);

/** What React Native offers for uploads. */
export function createNativePlatform({ readFile, isOnline }: NativeAbilities = {}): Platform {
	return {
		maxConcurrency,
		hashers: {
			crc32: () => createCrc32(),
			crc32c: () => createCrc32(crc32Polynomials.crc32c),
			crc64nvme: createCrc64Nvme,
			md5: () => fromNoble(md5),
			sha256: () => fromNoble(sha256),
		},
		memory: { toSource: fromBytes, copies: false },
		openSource: createOpenSource(readFile),
		async openResumeStore() {
			throw noStore();
		},
		send,
		reachability: {
			// an app that is told of an outage shows that its uploads wait
			maxReconnectWaits: isOnline ? Number.POSITIVE_INFINITY : 0,
			answered() {},
			async explain() {
				// an error of the app's function tells nothing
				const isConnected = await (async () => isOnline?.())().catch(() => true);
				return isConnected === false ? "offline" : undefined;
			},
			reconnect: (signal) => sleep(pollInterval, signal),
		},
	};
}

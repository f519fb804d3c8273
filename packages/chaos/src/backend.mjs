// The upload handler and the storage, with a fault proxy in front of each.
import { defineUploads } from "@skyput/server";
import { startBackend, startFaultProxy } from "@skyput/testing";
import { storages } from "./storages.mjs";
import { whileUnavailable } from "./while-unavailable.mjs";

const authorize = "public";
const maxSize = "1 GB";
/** Keys that the server makes are those that the run asks for, each once, so that it finds them in the logs. */
const uploadsOf = ({ madeKeys }) => {
	const key = madeKeys ? ({ requestedKey }) => requestedKey : undefined;
	return defineUploads({
		"whole/:name": { authorize, maxSize, key },
		"confirmed/:name": { authorize, maxSize, key, onComplete: async ({ size }) => ({ size }) },
		"parts/:name": { authorize, maxSize, key, partSize: "5 MiB" },
	});
};

/** The fault after which a key may hold another object than the upload's. */
export const concurrentWrite = "concurrent write";
/** The fault that aborts an upload, so that hits on any of its parts add up. */
export const removedUpload = "removed upload";
/** The fault of {@link faultTable} that does so too. */
export const failedCondition = "412 that aborts the upload";

/** The handler would log every injected fault. */
const silent = { error() {}, warn() {}, info() {} };

/**
 * @param {object} options
 * @param {keyof typeof storages} options.cloud
 * @param {number} options.seed
 * @param {number} options.rate the share of requests to hit
 * @param {string} options.dir for the stored bytes
 * @param {number} [options.bandwidth] bytes per second of each connection to the storage
 * @param {readonly string[]} [options.addresses] that the storage listens on
 * @param {readonly string[]} [options.only] names of the faults to inject
 */
export async function startChaosBackend({ cloud, seed, rate, dir, bandwidth, addresses, only }) {
	const storage = await storages[cloud](dir);
	const direct = storage.providerAt(storage.endpoint);
	const begun = new Map();
	const all = [...storage.faults, ...interferences(storage, direct, begun)];
	const faults = only ? all.filter(({ name }) => only.includes(name)) : all;
	const random = { seed, rate, faults };
	const target = storage.endpoint;
	const proxy = await startFaultProxy({ ...random, target, bandwidth, addresses });
	const backend = await startBackend({
		uploads: uploadsOf(storage),
		provider: recordUploads(storage.providerAt(proxy.endpoint), begun),
		handler: { cors: { origins: ["*"] }, log: silent },
		handlerProxy: random,
	});
	/** The storage's path of a key, and of its parts where they are stored elsewhere. */
	const pathsOf = (key) => [
		storage.objects + key,
		...[...begun.values()].flatMap(({ ref, path }) => (ref.key === key ? [path] : [])),
	];
	return {
		endpoint: backend.endpoint,
		faults,
		createOperations: storage.createOperations,
		listsDigests: storage.listsDigests,
		tellsEtag: storage.tellsEtag,
		slowness: storage.slowness,
		/** Reaches the storage directly. */
		provider: direct,
		logs: { storage: proxy.log, handler: backend.handlerProxy.log },
		/** The requests for a key to the storage. */
		requestsTo(key) {
			const paths = new Set(pathsOf(key));
			return proxy.log.filter(({ path }) => paths.has(path));
		},
		/** The key of every multipart upload that is neither completed nor aborted. */
		openUploads: () => storage.openUploads?.() ?? listOpen(storage, direct, begun),
		async close() {
			await backend.close();
			await proxy.close();
			await storage.close();
		},
	};
}

/** What tells the uploads apart in a URL for a part: its path, and S3's id. */
const identify = ({ pathname, searchParams }) => `${pathname}?${searchParams.get("uploadId")}`;

/** A provider that notes the uploads for which it signs. */
function recordUploads(provider, begun) {
	return {
		...provider,
		async signParts(ref, ...options) {
			const window = await provider.signParts(ref, ...options);
			const url = new URL(window.urls[0]);
			begun.set(identify(url), { ref, path: url.pathname });
			return window;
		},
	};
}

/** The keys of the uploads that the storage still knows. */
async function listOpen({ createOperations }, provider, begun) {
	const keys = [];
	for (const { ref } of begun.values()) {
		const isOpen = await whileUnavailable(() => provider.listParts(ref, {})).then(
			// where an upload begins without a call, its first part makes it known
			({ parts }) => createOperations.length > 0 || parts.length > 0,
			(error) => {
				if (error.code !== "upload-not-found") throw error;
			},
		);
		if (isOpen) keys.push(ref.key);
	}
	return keys;
}

/** Faults by other clients of the bucket. */
function interferences(storage, direct, begun) {
	const abortUpload = async (target) => {
		const upload = begun.get(identify(new URL(target, storage.endpoint)));
		// the upload may be completed or aborted already
		if (upload) await direct.abortMultipart(upload.ref).catch(() => {});
	};
	const writeObject = async (target) => {
		const url = new URL(target, storage.endpoint);
		const path = decodeURIComponent(url.pathname);
		const key = begun.get(identify(url))?.ref.key ?? path.slice(storage.objects.length);
		// the upload's own object may exist already
		await storage.write(key).catch(() => {});
	};
	return [
		{
			name: removedUpload,
			operations: ["UploadPart", "CompleteMultipartUpload"],
			effect: { kind: "run-first", run: abortUpload },
			failure: { hits: 2, code: storage.removed },
		},
		{
			name: concurrentWrite,
			operations: ["PutObject", "CompleteMultipartUpload"],
			effect: { kind: "run-first", run: writeObject },
			failure: { hits: 1, code: "already-exists" },
		},
	];
}

// The upload handler and the storage, with a fault proxy in front of each.
import {
	AbortMultipartUploadCommand,
	ListMultipartUploadsCommand,
	PutObjectCommand,
	S3Client,
} from "@aws-sdk/client-s3";
import { defineUploads } from "@skyput/server";
import { faultTable, startBackend, startS3Server } from "@skyput/testing";

const authorize = "public";
const maxSize = "1 GB";
const uploads = defineUploads({
	"whole/:name": { authorize, maxSize },
	"confirmed/:name": { authorize, maxSize, onComplete: async ({ size }) => ({ size }) },
	"parts/:name": { authorize, maxSize, partSize: "5 MiB" },
});

/** The fault after which a key may hold another object than the upload's. */
export const concurrentWrite = "concurrent write";
/** The fault that aborts an upload, so that hits on any of its parts add up. */
export const removedUpload = "removed upload";
/** The fault of {@link faultTable} that does so too. */
export const failedCondition = "412 that aborts the upload";

/** The handler would log every injected fault. */
const silent = { error() {}, warn() {}, info() {} };

const concurrentBytes = Buffer.from("written by somebody else");

/**
 * @param {object} options
 * @param {number} options.seed
 * @param {number} options.rate the share of requests to hit
 * @param {string} options.dir for the stored bytes
 * @param {number} [options.bandwidth] bytes per second of each connection to the storage
 * @param {readonly string[]} [options.addresses] that the storage listens on
 * @param {readonly string[]} [options.only] names of the faults to inject
 */
export async function startChaosBackend({ seed, rate, dir, bandwidth, addresses, only }) {
	const storage = await startS3Server({ dir });
	const { bucket, region, endpoint, accessKeyId, secretAccessKey } = storage;
	const credentials = { accessKeyId, secretAccessKey };
	const s3 = new S3Client({ region, endpoint, forcePathStyle: true, credentials });
	const all = [...faultTable, ...interferences(s3, bucket)];
	const faults = only ? all.filter(({ name }) => only.includes(name)) : all;
	const random = { seed, rate, faults };
	const backend = await startBackend({
		uploads,
		storage,
		handler: { cors: { origins: ["*"] }, log: silent },
		storageProxy: { ...random, bandwidth, addresses },
		handlerProxy: random,
	});
	return {
		endpoint: backend.endpoint,
		bucket,
		faults,
		/** Reaches the storage directly. */
		provider: backend.provider,
		logs: { storage: backend.storageProxy.log, handler: backend.handlerProxy.log },
		/** The key of every multipart upload that is neither completed nor aborted. */
		async openUploads() {
			const keys = [];
			let marker = {};
			do {
				const page = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, ...marker }));
				keys.push(...(page.Uploads ?? []).map(({ Key }) => Key));
				marker = page.IsTruncated
					? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
					: undefined;
			} while (marker);
			return keys;
		},
		async close() {
			await backend.close();
			await storage.close();
			s3.destroy();
		},
	};
}

/** Faults by other clients of the bucket. */
function interferences(s3, Bucket) {
	const keyOf = (url) => decodeURIComponent(url.pathname).slice(Bucket.length + 2);
	const abortUpload = async (target) => {
		const url = new URL(target, "http://storage");
		const UploadId = url.searchParams.get("uploadId");
		// the upload may be completed or aborted already
		await s3
			.send(new AbortMultipartUploadCommand({ Bucket, Key: keyOf(url), UploadId }))
			.catch(() => {});
	};
	const writeObject = async (target) => {
		const Key = keyOf(new URL(target, "http://storage"));
		// the upload's own object may exist already
		await s3
			.send(new PutObjectCommand({ Bucket, Key, Body: concurrentBytes, IfNoneMatch: "*" }))
			.catch(() => {});
	};
	return [
		{
			name: removedUpload,
			operations: ["UploadPart", "CompleteMultipartUpload"],
			effect: { kind: "run-first", run: abortUpload },
			failure: { hits: 2, code: "upload-not-found" },
		},
		{
			name: concurrentWrite,
			operations: ["PutObject", "CompleteMultipartUpload"],
			effect: { kind: "run-first", run: writeObject },
			failure: { hits: 1, code: "already-exists" },
		},
	];
}

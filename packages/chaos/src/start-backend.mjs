// The handler, the storage, and a proxy before each of them that breaks a share of all requests.
import { randomBytes } from "node:crypto";
import {
	AbortMultipartUploadCommand,
	ListMultipartUploadsCommand,
	PutObjectCommand,
	S3Client,
} from "@aws-sdk/client-s3";
import { defineUploads } from "@skyput/server";
import { createLambdaHandler } from "@skyput/server/lambda";
import { s3Provider } from "@skyput/server/s3";
import { faultTable, startFaultProxy, startGateway, startS3Server } from "@skyput/testing";

const authorize = "public";
const maxSize = "1 GB";
const uploads = defineUploads({
	"whole/:name": { authorize, maxSize },
	"confirmed/:name": { authorize, maxSize, onComplete: async ({ size }) => ({ size }) },
	"parts/:name": { authorize, maxSize, partSize: "5 MiB" },
});

/** The fault after which a key may hold another object than the upload's. */
export const anotherWriter = "another writer";
/** The fault that may hit any part, and counts for the whole upload. */
export const sweptUpload = "swept upload";

/** What stands at a key that somebody else was faster with. */
const strangerBytes = Buffer.from("somebody else was here");

/**
 * @param {object} options
 * @param {number} options.seed
 * @param {number} options.rate the share of requests that is hit
 * @param {string} options.dir for the storage's bytes
 * @param {number} [options.bandwidth] bytes per second of each connection to the storage
 */
export async function startCloud({ seed, rate, dir, bandwidth }) {
	const storage = await startS3Server({ dir });
	const { bucket, region, accessKeyId, secretAccessKey, capabilities } = storage;
	const credentials = { accessKeyId, secretAccessKey };
	const client = new S3Client({
		region,
		endpoint: storage.endpoint,
		forcePathStyle: true,
		credentials,
	});
	const faults = [...faultTable, ...rivals(client, bucket)];
	const chance = { seed, rate, faults };
	const storageProxy = await startFaultProxy({ target: storage.endpoint, ...chance, bandwidth });
	const providerAt = (endpoint) =>
		s3Provider({ bucket, region, endpoint, credentials, capabilities });
	const handler = createLambdaHandler({
		uploads,
		provider: providerAt(storageProxy.endpoint),
		tokenSecret: randomBytes(32).toString("base64"),
		cors: { origins: ["*"] },
	});
	const gateway = await startGateway(handler);
	const handlerProxy = await startFaultProxy({ target: gateway.endpoint, ...chance });
	return {
		endpoint: handlerProxy.endpoint,
		bucket,
		faults,
		/** Straight to the storage: for what is to be true. */
		provider: providerAt(storage.endpoint),
		/** What the proxies saw. */
		logs: { storage: storageProxy.log, handler: handlerProxy.log },
		/** The keys of all multipart uploads that have neither been completed nor aborted, each as often as it has some. */
		async openUploads() {
			const keys = [];
			let marker = {};
			do {
				const page = await client.send(
					new ListMultipartUploadsCommand({ Bucket: bucket, ...marker }),
				);
				keys.push(...(page.Uploads ?? []).map(({ Key }) => Key));
				marker = page.IsTruncated
					? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
					: undefined;
			} while (marker);
			return keys;
		},
		async close() {
			for (const server of [handlerProxy, gateway, storageProxy, storage]) await server.close();
			client.destroy();
		},
	};
}

/** What others do to a bucket while an upload is under way. */
function rivals(client, Bucket) {
	const keyOf = (url) => decodeURIComponent(url.pathname).slice(Bucket.length + 2);
	const sweep = async (target) => {
		const url = new URL(target, "http://storage");
		const UploadId = url.searchParams.get("uploadId");
		// swept away, completed or aborted already
		await client
			.send(new AbortMultipartUploadCommand({ Bucket, Key: keyOf(url), UploadId }))
			.catch(() => {});
	};
	const overtake = async (target) => {
		const Key = keyOf(new URL(target, "http://storage"));
		// the own object may stand there already
		await client
			.send(new PutObjectCommand({ Bucket, Key, Body: strangerBytes, IfNoneMatch: "*" }))
			.catch(() => {});
	};
	return [
		{
			name: sweptUpload,
			operations: ["UploadPart", "CompleteMultipartUpload"],
			effect: { kind: "run-first", run: sweep },
			failure: { hits: 2, code: "upload-not-found" },
		},
		{
			name: anotherWriter,
			operations: ["PutObject", "CompleteMultipartUpload"],
			effect: { kind: "run-first", run: overtake },
			failure: { hits: 1, code: "already-exists" },
		},
	];
}

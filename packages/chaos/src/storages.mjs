// The storages that uploads go to, each on 127.0.0.1.
import { ListMultipartUploadsCommand, PutBucketCorsCommand, S3Client } from "@aws-sdk/client-s3";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { azureProvider } from "@skyput/server/azure";
import { gcsProvider } from "@skyput/server/gcs";
import { staged } from "@skyput/server/provider";
import { s3Provider } from "@skyput/server/s3";
import { faultTable, startGcsServer, startS3Server } from "@skyput/testing";
import { startAzurite } from "../../../tools/start-azurite.ts";
import { startCeph } from "../../../tools/start-ceph.ts";

/**
 * @typedef {object} Storage
 * @property {string} endpoint
 * @property {string} objects the path of an object without its key
 * @property {(endpoint: string) => import("@skyput/server/provider").PresignProvider} providerAt reaches it
 *   at this address
 * @property {readonly import("@skyput/testing").Fault[]} faults what it or its network may answer
 * @property {boolean} madeKeys its uploads in parts overwrite, so the server makes the keys
 * @property {readonly string[]} createOperations the operations that leave an upload behind when their response is lost
 * @property {boolean} tellsEtag whether the answer to a commit of parts has the object's etag
 * @property {string | readonly string[]} removed the code, or codes, of an upload whose parts somebody else has removed
 * @property {number} slowness time-outs are so many times longer, and uploads so many times fewer
 * @property {boolean} listsDigests whether its list of parts has their digests
 * @property {(key: string) => Promise<void>} write stores an object as somebody else, where there is none
 * @property {() => Promise<readonly string[]>} [openUploads] the key of every upload that is neither
 *   completed nor aborted; absent where the storage cannot list them
 * @property {() => Promise<void>} close
 */

const otherBytes = Buffer.from("written by somebody else");

/** What other clouds do not answer, or in other words. */
const ofS3 = /^(400 |403 |409 |412 |404 |200 |another ETag)/;
const onEveryCloud = faultTable.filter(({ name }) => !ofS3.test(name));

/** @type {Record<string, (dir: string) => Promise<Storage>>} */
export const storages = {
	async s3(dir) {
		const server = await startS3Server({ dir });
		const { capabilities } = server;
		return {
			...s3Storage(server, { capabilities }),
			madeKeys: false,
			listsDigests: true,
			tellsEtag: true,
			slowness: 1,
		};
	},

	async ceph() {
		const ceph = await startInstalledCeph();
		const { sdk, ...storage } = s3Storage(ceph, { compatibility: "ceph" });
		const rule = {
			AllowedOrigins: ["*"],
			AllowedMethods: ["PUT"],
			AllowedHeaders: ["*"],
			ExposeHeaders: ["ETag", "Date", "Retry-After"],
		};
		const CORSConfiguration = { CORSRules: [rule] };
		await sdk.send(new PutBucketCorsCommand({ Bucket: ceph.bucket, CORSConfiguration }));
		return {
			...storage,
			madeKeys: true,
			listsDigests: false,
			tellsEtag: false,
			slowness: 2,
		};
	},

	async gcs() {
		const { endpoint, bucket, serviceAccount, close } = await startGcsServer();
		const providerAt = (at) =>
			staged(gcsProvider({ bucket, endpoint: at, credentials: serviceAccount }));
		return {
			endpoint,
			objects: `/${bucket}/`,
			providerAt,
			faults: onEveryCloud,
			madeKeys: false,
			createOperations: ["create"],
			listsDigests: false,
			tellsEtag: true,
			removed: "upload-not-found",
			slowness: 1,
			write: (key) => writeSigned(providerAt(endpoint), key),
			close,
		};
	},

	async azure() {
		const { close, ...options } = await startAzurite();
		const { endpoint, account, accountKey, container } = options;
		const { origin, pathname } = new URL(endpoint);
		const credential = new StorageSharedKeyCredential(account, accountKey);
		const blobs = new BlobServiceClient(endpoint, credential).getContainerClient(container);
		return {
			endpoint: origin,
			objects: `${pathname}/${container}/`,
			providerAt: (at) => azureProvider({ ...options, endpoint: `${at}${pathname}` }),
			faults: onEveryCloud,
			madeKeys: false,
			// an upload begins without a call
			createOperations: [],
			listsDigests: false,
			tellsEtag: true,
			// parts that come later begin it anew, without those that came before
			removed: ["invalid-parts", "upload-not-found"],
			slowness: 4,
			write: async (key) => {
				await blobs
					.getBlockBlobClient(key)
					.upload(otherBytes, otherBytes.length, { conditions: { ifNoneMatch: "*" } });
			},
			close,
		};
	},
};

/** Starts a Ceph RGW of its own. */
export async function startInstalledCeph() {
	const ceph = await startCeph();
	if (!ceph) throw new Error("Ceph is not installed: apt-get install radosgw ceph-mon ceph-osd");
	return ceph;
}

/** What the storages of S3's API have in common. */
function s3Storage(server, abilities) {
	const { bucket, region, endpoint, accessKeyId, secretAccessKey } = server;
	const credentials = { accessKeyId, secretAccessKey };
	const options = { bucket, region, forcePathStyle: true, credentials, ...abilities };
	const providerAt = (at) => s3Provider({ ...options, endpoint: at, unsignedHeaders: "accepted" });
	const sdk = new S3Client({ region, endpoint, forcePathStyle: true, credentials });
	return {
		sdk,
		endpoint,
		objects: `/${bucket}/`,
		providerAt,
		faults: faultTable,
		createOperations: ["CreateMultipartUpload", "create"],
		removed: "upload-not-found",
		write: (key) => writeSigned(providerAt(endpoint), key),
		openUploads: () => listUploads(sdk, bucket),
		async close() {
			sdk.destroy();
			await server.close();
		},
	};
}

async function writeSigned(provider, key) {
	const spec = { key, size: otherBytes.length };
	const { method, url, headers } = await provider.signUpload(spec, {
		expiresIn: 60,
		createOnly: true,
	});
	await fetch(url, { method, headers, body: otherBytes });
}

async function listUploads(sdk, Bucket) {
	const keys = [];
	let marker = {};
	do {
		const page = await sdk.send(new ListMultipartUploadsCommand({ Bucket, ...marker }));
		keys.push(...(page.Uploads ?? []).map(({ Key }) => Key));
		marker = page.IsTruncated
			? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
			: undefined;
	} while (marker);
	return keys;
}

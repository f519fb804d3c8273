import type { Outcomes } from "#protocol";
import type { ProviderCapabilities } from "../../capabilities.js";
import { UploadError } from "../../errors.js";
import type { PresignProvider } from "../../provider.js";
import { blockNumber, stageOf } from "./block-list.js";
import { controlCalls, maintenance } from "./on-demand.js";
import { type AzureProviderOptions, readSettings } from "./options.js";
import { blobPath, blobSigner, type Grant, longestExpiry, refuseVersion } from "./signer.js";
import { signingKeys } from "./signing-keys.js";

const mebibyte = 2 ** 20;
const maxParts = 50_000;
const maxPartSize = 4_000 * mebibyte;

/** Limits: https://learn.microsoft.com/rest/api/storageservices/understanding-block-blobs--append-blobs--and-page-blobs */
const capabilities: ProviderCapabilities = {
	// a URL for a whole file binds neither its length nor its type: every file goes in blocks
	single: { maxSize: 0 },
	multipart: {
		minPartSize: 1,
		maxPartSize,
		maxParts,
		maxObjectSize: maxParts * maxPartSize,
		equalParts: false,
		listParts: true,
		abort: "deferred",
		uploadLife: 604_800,
	},
	createOnly: { single: "enforced", multipart: "at-complete" },
	enforce: {
		singleSize: "none",
		partSize: "none",
		contentType: "none",
		totalSize: "at-complete",
	},
	// the URL of a part writes a blob of its upload, never the one of the key
	partUrl: "part",
	metadataNames: "identifiers",
	checksums: { single: [], part: ["md5"], object: ["crc64nvme"], reported: ["crc64nvme"] },
	copy: { createOnly: true, pinned: true, maxSize: maxParts * maxPartSize },
	conditionalDelete: true,
	// one signature serves all parts
	signing: { maxWindow: 5_000, maxExpiresIn: longestExpiry },
	cors: { methods: ["PUT"], requestHeaders: ["content-md5"], exposeHeaders: [] },
};

/** A block was changed on its way, or somebody leased the blob (412, which would mean that the object exists). */
const partOutcomes: Outcomes = { "400 Md5Mismatch": "retry", 412: "fail" };

/**
 * Azure Blob Storage. URLs are signed here and the storage is called by `fetch`: no SDK is loaded.
 *
 * A file goes in blocks to a blob below `.skyput/`, the only one that its URLs can write. The server checks the
 * blocks, has the storage copy them to the key, and compares the digest before the object is visible.
 *
 * @param options - The account and container, and how to sign for them.
 * @returns The provider for a handler's options.
 * @throws TypeError that names every wrong option at once.
 * @example
 * azureProvider({ account: "media", container: "uploads", accountKey: process.env.AZURE_STORAGE_KEY })
 * azureProvider({ account: "media", container: "uploads", getToken: (scope) => credential.getToken(scope) })
 */
export function azureProvider(options: AzureProviderOptions): PresignProvider {
	const settings = readSettings({ ...options });
	const { account, container, endpoint, publicEndpoint } = settings;
	const keys = signingKeys(settings);
	const signerOf = (url: string) =>
		blobSigner(account, container, url.startsWith("https:") ? "https" : "");
	const sign = signerOf(publicEndpoint);
	const ownSign = signerOf(endpoint);

	const signUrl = async (key: string, expiresIn: number, grant: Omit<Grant, "expires">) => {
		const path = blobPath(key);
		const now = Math.floor(Date.now() / 1_000) * 1_000;
		const { signing, expires } = await keys(expiresIn);
		return {
			url: `${publicEndpoint}/${container}/${path}?${sign(key, { ...grant, expires }, signing)}`,
			expiresIn: Math.floor((expires - now) / 1_000),
			expiresAt: new Date(expires).toISOString(),
		};
	};

	return {
		id: "azure",
		bucket: `${account}/${container}`,
		capabilities,
		...controlCalls(settings, ownSign, keys),
		maintenance: maintenance(settings, ownSign, keys),

		async signUpload() {
			throw new UploadError(
				"unsupported",
				"This storage has no URL that binds a whole file: its length and type must be checked after it was sent. Begin an upload in parts.",
			);
		},

		async signParts(ref, { first, count }, { expiresIn, partChecksum }) {
			if (partChecksum !== undefined && partChecksum !== "md5") {
				throw new UploadError(
					"unsupported",
					`The storage does not verify ${partChecksum} of a part.`,
					{ values: { algorithm: partChecksum } },
				);
			}
			const { url, ...validity } = await signUrl(stageOf(ref), expiresIn, { permissions: "w" });
			return {
				first,
				count,
				method: "PUT",
				urls: [`${url}&comp=block&blockid={value}`],
				values: Array.from({ length: count }, (_, index) => blockNumber(first + index)),
				headers: {},
				receiptHeader: null,
				...(partChecksum && {
					partChecksum: { algorithm: partChecksum, header: "content-md5", encoding: "base64" },
				}),
				...validity,
				outcomes: partOutcomes,
			};
		},

		async signDownload(key, { expiresIn, version, contentDisposition, contentType }) {
			refuseVersion(version);
			const grant = { permissions: "r", contentDisposition, contentType };
			return { method: "GET", headers: {}, ...(await signUrl(key, expiresIn, grant)) };
		},
	};
}

import type { Outcomes } from "#protocol";
import type { ProviderCapabilities } from "../../capabilities.js";
import { UploadError } from "../../errors.js";
import type { PresignProvider } from "../../provider.js";
import { type SigningAccount, signingAccount } from "./account.js";
import { callSender } from "./calls.js";
import { multipartCalls } from "./multipart.js";
import { objectCalls } from "./objects.js";
import { type GcsProviderOptions, readSettings } from "./options.js";
import { putRequest } from "./requests.js";
import { v4Signer } from "./signer.js";

/**
 * Responses with status 400 after which the same request may succeed later: bytes were lost on the way, or the
 * URL is too old. https://docs.cloud.google.com/storage/docs/xml-api/reference-status
 */
const putOutcomes: Outcomes = {
	"400 BadDigest": "retry",
	"400 IncompleteBody": "retry",
	"400 RequestTimeout": "retry",
	"400 ExpiredToken": "resign",
};

const createOnlyOutcomes: Outcomes = { ...putOutcomes, 412: "exists" };

/** NoSuchUpload: the upload was completed or aborted; the server finds out which. */
const partOutcomes: Outcomes = { ...putOutcomes, 404: "ask" };

const mebibyte = 2 ** 20;

/** https://docs.cloud.google.com/storage/quotas */
function capabilitiesOf({ maxWindow, maxExpiresIn }: SigningAccount): ProviderCapabilities {
	return {
		single: { maxSize: 5 * 2 ** 40 },
		multipart: {
			minPartSize: 5 * mebibyte,
			maxPartSize: 5 * 2 ** 30,
			maxParts: 10_000,
			maxObjectSize: 5 * 2 ** 40,
			equalParts: false,
			listParts: true,
			abort: "immediate",
			uploadLife: 2_592_000,
		},
		// "Preconditions are not supported": https://docs.cloud.google.com/storage/docs/multipart-uploads
		createOnly: { single: "enforced", multipart: "none" },
		enforce: { singleSize: "exact", partSize: "none", contentType: "signed" },
		partUrl: "part",
		metadataNames: "any",
		checksums: { single: ["crc32c", "md5"], part: ["md5"], object: [], reported: ["crc32c"] },
		unsignedHeaders: "refused",
		objectOptions: {
			tags: false,
			storageClass: true,
			acl: true,
			aes256: true,
			kms: true,
			bucketOwner: false,
		},
		copy: { createOnly: true, pinned: true, maxSize: 5 * 2 ** 40 },
		// deletes the generation that has the etag
		conditionalDelete: true,
		signing: { maxWindow, maxExpiresIn },
		cors: {
			methods: ["PUT"],
			requestHeaders: [
				"Content-Type",
				"Content-MD5",
				"Cache-Control",
				"Content-Disposition",
				"Content-Encoding",
				"x-goog-content-length-range",
				"x-goog-hash",
				"x-goog-if-generation-match",
				"x-goog-meta-skyput-upload",
			],
			exposeHeaders: ["ETag"],
		},
	};
}

/**
 * Google Cloud Storage, by its XML API. URLs are signed here, and control calls are made with `fetch`: no
 * package of Google is needed.
 *
 * @param options - The bucket, and what signs for it.
 * @returns The provider for a handler's options.
 * @throws TypeError that names every wrong option at once.
 * @example
 * gcsProvider({ bucket: "uploads", credentials: JSON.parse(process.env.GOOGLE_CREDENTIALS) })
 */
export function gcsProvider(options: GcsProviderOptions): PresignProvider {
	const settings = readSettings(options);
	const account = signingAccount(settings.credentials, settings.key);
	const signer = v4Signer(settings, account);
	const send = callSender(settings, signer);
	const capabilities = capabilitiesOf(account);

	return {
		id: "gcs",
		bucket: settings.bucket,
		capabilities,
		...multipartCalls(send),
		...objectCalls(settings, send),

		async signUpload(spec, { expiresIn, createOnly, checksum }) {
			if (spec.tags !== undefined) {
				throw new UploadError("unsupported", "The storage has no tags of objects.");
			}
			const request = putRequest(spec, createOnly, checksum);
			const { url, validity } = await signer.sign(request, expiresIn);
			return {
				method: "PUT",
				url,
				headers: request.headers,
				receiptHeader: "etag",
				...validity,
				outcomes: createOnly ? createOnlyOutcomes : putOutcomes,
			};
		},

		async signParts({ key, id }, { first, count }, { expiresIn, partChecksum }) {
			if (partChecksum !== undefined && partChecksum !== "md5") {
				throw new UploadError(
					"unsupported",
					`The storage takes no ${partChecksum} of a part that is not signed.`,
				);
			}
			const signed = { key, uploadId: id, first, count };
			const { urls, values, validity } = await signer.signParts(signed, expiresIn);
			return {
				first,
				count,
				method: "PUT",
				urls,
				values,
				headers: {},
				receiptHeader: "etag",
				...(partChecksum
					? { partChecksum: { algorithm: "md5", header: "content-md5", encoding: "base64" } }
					: {}),
				...validity,
				outcomes: partOutcomes,
			};
		},

		async signDownload(key, { expiresIn, version, contentDisposition, contentType }) {
			const query = {
				...(version === undefined ? {} : { generation: version }),
				...(contentDisposition === undefined
					? {}
					: { "response-content-disposition": contentDisposition }),
				...(contentType === undefined ? {} : { "response-content-type": contentType }),
			};
			const request = { method: "GET", key, query, headers: {} } as const;
			const { url, validity } = await signer.sign(request, expiresIn);
			return { method: "GET", url, headers: {}, ...validity };
		},
	};
}

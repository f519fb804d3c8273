import type { Outcomes, PartWindow, SignedRequest } from "#protocol";
import { UploadError } from "../../errors.js";
import type {
	MultipartRef,
	ObjectSpec,
	PartRange,
	PresignProvider,
	SignedDownload,
	SignUploadOptions,
} from "../../provider.js";
import { credentialReader } from "./credentials.js";
import { beginSigning, longestExpiry, type Signing, validity } from "./expiry.js";
import { controlCalls, credentialChain, sdkSigner } from "./on-demand.js";
import type { S3ProviderOptions } from "./options.js";
import { checksumHeader, headersToSend, putRequest } from "./requests.js";
import { readSettings } from "./settings.js";
import { querySigner } from "./signer.js";

/** S3 answers 409 to one of two writers at once, who may try again, and 412 to all that come later. */
const createOnlyOutcomes: Outcomes = { 409: "retry", 412: "exists" };

/** NoSuchUpload: it was completed or aborted meanwhile, and only the server can tell which. */
const partOutcomes: Outcomes = { 404: "ask" };

/**
 * Amazon S3, and services that speak its protocol. URLs are signed here, without the AWS SDK; the
 * SDK's client is loaded with the first control call.
 *
 * @param options - The bucket, and how to reach and sign for it.
 * @returns The provider for a handler's options.
 * @throws TypeError that names every wrong option at once.
 * @example
 * s3Provider({ bucket: process.env.BUCKET_NAME, region: "eu-west-1" })
 * s3Provider({ bucket: "uploads", endpoint: "https://rgw.example.com", compatibility: "ceph" })
 */
export function s3Provider(options: S3ProviderOptions): PresignProvider {
	const settings = readSettings(options);
	const { bucket, endpoint, region, createOnlyPlace } = settings;
	const { capabilities } = settings.service;
	const signer =
		endpoint !== null && settings.signer === "skyput"
			? querySigner(endpoint, region)
			: sdkSigner(settings);
	const readCredentials = credentialReader(
		options.signingCredentials ?? options.credentials,
		credentialChain(settings),
	);
	const ceiling = Math.min(longestExpiry, capabilities.signing.maxExpiresIn);
	const begin = (expiresIn: number): Promise<Signing> =>
		beginSigning(readCredentials, expiresIn, ceiling);

	return {
		id: "s3",
		bucket,
		capabilities,
		...controlCalls(settings),

		async signUpload(spec: ObjectSpec, wishes: SignUploadOptions): Promise<SignedRequest> {
			const { createOnly, checksum } = wishes;
			if (createOnly && capabilities.createOnly.single === "none") {
				throw new UploadError("unsupported", "The storage cannot refuse to overwrite.");
			}
			if (checksum && !capabilities.checksums.single.includes(checksum.algorithm)) {
				throw new UploadError("unsupported", `The storage does not check ${checksum.algorithm}.`);
			}
			const request = putRequest(spec, createOnly ? createOnlyPlace : "none", checksum);
			const signing = await begin(wishes.expiresIn);
			return {
				method: "PUT",
				url: await signer.sign(request, signing),
				headers: headersToSend(request),
				...validity(signing),
				...(createOnly ? { outcomes: createOnlyOutcomes } : {}),
			};
		},

		async signParts(
			ref: MultipartRef,
			range: PartRange,
			wishes: { readonly expiresIn: number },
		): Promise<PartWindow> {
			const { first, count } = range;
			const sizes = Array.from({ length: count }, () => range.partSize);
			if (count > 0) sizes[count - 1] = range.lastSize ?? range.partSize;
			const signing = await begin(wishes.expiresIn);
			const parts = { key: ref.key, uploadId: ref.id, first, sizes };
			const signed = await signer.signParts(parts, signing);
			return {
				first,
				count,
				method: "PUT",
				...signed,
				headers: {},
				receiptHeader: "etag",
				...partChecksum(),
				...validity(signing),
				outcomes: partOutcomes,
			};
		},

		async signDownload(key, wishes): Promise<SignedDownload> {
			const query = {
				...(wishes.contentDisposition === undefined
					? {}
					: { "response-content-disposition": wishes.contentDisposition }),
				...(wishes.contentType === undefined
					? {}
					: { "response-content-type": wishes.contentType }),
				...(wishes.version === undefined ? {} : { versionId: wishes.version }),
			};
			const signing = await begin(wishes.expiresIn);
			const url = await signer.sign({ method: "GET", key, query, headers: {} }, signing);
			return { method: "GET", url, headers: {}, ...validity(signing) };
		},
	};

	/**
	 * Content-MD5 alone can be sent with a URL that was signed before the bytes were read, since S3
	 * refuses every x-amz- header that is not signed. It costs the client a digest per part, so that it
	 * is asked for only where nothing checks the whole object.
	 */
	function partChecksum(): Pick<PartWindow, "partChecksum"> {
		const { part, object } = capabilities.checksums;
		if (object.length > 0 || !part.includes("md5")) return {};
		return {
			partChecksum: { algorithm: "md5", header: checksumHeader("md5"), encoding: "base64" },
		};
	}
}

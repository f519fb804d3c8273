import type { ChecksumAlgorithm, Outcomes, PartWindow, SignedRequest } from "#protocol";
import type { CapabilityCorrections } from "../../capabilities.js";
import { UploadError } from "../../errors.js";
import type { MultipartRef, PartRange, SignPartsOptions } from "../../multipart-upload.js";
import type { ObjectSpec } from "../../object-spec.js";
import type { PresignProvider, SignedDownload, SignUploadOptions } from "../../provider.js";
import { credentialReader } from "./credentials.js";
import { longestExpiry, resolveExpiry, type SigningParameters, validity } from "./expiry.js";
import { controlCalls, credentialChain, maintenance, probe, sdkSigner } from "./on-demand.js";
import type { S3ProviderOptions } from "./options.js";
import type { QuestionBench } from "./probe-questions.js";
import { checksumHeader, headersToSend, putRequest } from "./requests.js";
import { readSettings, signingSettings } from "./settings.js";
import { querySigner } from "./signer.js";

/**
 * Responses of S3 with status 400 after which the same request may succeed later: the body stalled or lost
 * bytes on the way, or the URL is too old. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
const putOutcomes: Outcomes = {
	"400 RequestTimeout": "retry",
	"400 IncompleteBody": "retry",
	"400 BadDigest": "retry",
	"400 XAmzContentChecksumMismatch": "retry",
	"400 ExpiredToken": "resign",
	"400 RequestExpired": "resign",
};

/** S3 responds 409 to one of two concurrent writers, which may retry, and 412 to later ones. */
const createOnlyOutcomes: Outcomes = { ...putOutcomes, 409: "retry", 412: "exists" };

/** NoSuchUpload: the upload was completed or aborted; the server finds out which. */
const partOutcomes: Outcomes = { ...putOutcomes, 404: "ask" };

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
	const settings = readSettings({ ...options });
	const { bucket, publicEndpoint, moreEndpoints, region } = settings;
	const { capabilities } = settings.service;
	const publicUrl = settings.options.publicEndpoint ?? settings.options.endpoint;
	const signer =
		publicEndpoint !== null && settings.signer === "skyput"
			? querySigner(publicEndpoint, region, moreEndpoints)
			: sdkSigner(signingSettings(settings));
	const readCredentials = credentialReader(
		options.signingCredentials ?? options.credentials,
		credentialChain(settings),
	);
	const ceiling = Math.min(longestExpiry, capabilities.signing.maxExpiresIn);
	const resolve = (expiresIn: number): Promise<SigningParameters> =>
		resolveExpiry(readCredentials, expiresIn, ceiling);

	return {
		// buckets of two services may have the same name
		id: publicUrl === undefined ? "s3" : `s3:${new URL(publicUrl).host}`,
		bucket,
		capabilities,
		unsignedHeaders: options.unsignedHeaders,
		hosts: 1 + moreEndpoints.length,
		signsSeparately: signsSeparately(options),
		...controlCalls(settings),
		maintenance: maintenance(settings),
		probe: (prefix, print) => {
			const make = (all: CapabilityCorrections) => s3Provider({ ...options, capabilities: all });
			const sign: QuestionBench["sign"] = async (request, ahead = 0) => {
				const signing = await resolve(300);
				const date = new Date(signing.date.getTime() + ahead * 1_000);
				return await signer.sign(request, { ...signing, date });
			};
			return probe({ bucket, capabilities, make, sign }, prefix, print);
		},

		async signUpload(spec: ObjectSpec, options: SignUploadOptions): Promise<SignedRequest> {
			const { createOnly, checksum } = options;
			if (createOnly && capabilities.createOnly.single === "none") {
				throw new UploadError("unsupported", "The storage cannot refuse to overwrite.");
			}
			if (checksum && !capabilities.checksums.single.includes(checksum.algorithm)) {
				throw new UploadError("unsupported", `The storage does not verify ${checksum.algorithm}.`, {
					values: { algorithm: checksum.algorithm },
				});
			}
			const request = putRequest(spec, createOnly, checksum, settings.options.expectedBucketOwner);
			const signing = await resolve(options.expiresIn);
			return {
				method: "PUT",
				url: await signer.sign(request, signing),
				headers: headersToSend(request),
				receiptHeader: "etag",
				...validity(signing),
				outcomes: createOnly ? createOnlyOutcomes : putOutcomes,
			};
		},

		async signParts(
			ref: MultipartRef,
			range: PartRange,
			options: SignPartsOptions,
		): Promise<PartWindow> {
			const { first, count } = range;
			const { partChecksum: digest } = options;
			if (digest && !capabilities.checksums.part.includes(digest)) {
				throw new UploadError("unsupported", `The storage does not verify ${digest} of parts.`);
			}
			const sizes = Array.from({ length: count }, () => range.partSize);
			if (count > 0) sizes[count - 1] = range.lastSize ?? range.partSize;
			const signing = await resolve(options.expiresIn);
			const parts = { key: ref.key, uploadId: ref.id, first, sizes, host: options.host };
			const signed = await signer.signParts(parts, signing);
			return {
				first,
				count,
				method: "PUT",
				...signed,
				headers: {},
				receiptHeader: "etag",
				...partChecksum(options.partChecksum),
				...validity(signing),
				outcomes: partOutcomes,
			};
		},

		async signDownload(key, options): Promise<SignedDownload> {
			const query = {
				...(options.contentDisposition === undefined
					? {}
					: { "response-content-disposition": options.contentDisposition }),
				...(options.contentType === undefined
					? {}
					: { "response-content-type": options.contentType }),
				...(options.version === undefined ? {} : { versionId: options.version }),
			};
			const signing = await resolve(options.expiresIn);
			const url = await signer.sign({ method: "GET", key, query, headers: {} }, signing);
			return { method: "GET", url, headers: {}, ...validity(signing) };
		},
	};
}

/**
 * Names the header of a part's digest, which is never signed: parts are signed before they are read. Of
 * these headers, S3 takes only Content-MD5 unsigned.
 */
function partChecksum(algorithm: ChecksumAlgorithm | undefined): Pick<PartWindow, "partChecksum"> {
	if (algorithm === undefined) return {};
	if (algorithm !== "md5") {
		throw new UploadError("unsupported", `S3 takes no ${algorithm} of a part that is not signed.`, {
			values: { algorithm },
		});
	}
	return { partChecksum: { algorithm, header: checksumHeader(algorithm), encoding: "base64" } };
}

/** Whether URLs are signed by another identity than the calls. */
function signsSeparately({ credentials, signingCredentials }: S3ProviderOptions): boolean {
	if (signingCredentials === undefined || signingCredentials === credentials) return false;
	if (typeof signingCredentials === "function" || typeof credentials === "function") return true;
	return signingCredentials.accessKeyId !== credentials?.accessKeyId;
}

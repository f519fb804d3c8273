import type { Outcomes } from "#protocol";
import type { PresignProvider } from "../../provider.js";
import { correctCapabilities } from "../corrections.js";
import { canonicalQuery, encode } from "../sigv4.js";
import { signingAccount } from "./account.js";
import { gcsCapabilities } from "./capabilities.js";
import { controlCalls, maintenance } from "./on-demand.js";
import { type GcsProviderOptions, readSettings } from "./options.js";
import { defined, putHeaders, unsupported } from "./requests.js";
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
	const settings = readSettings({ ...options });
	const account = signingAccount(settings.credentials, settings.key);
	const signer = v4Signer(settings, account);
	const { maxWindow, maxExpiresIn } = account;
	const known = { ...gcsCapabilities, signing: { maxWindow, maxExpiresIn } };

	return {
		id: "gcs",
		bucket: settings.bucket,
		capabilities: correctCapabilities(known, options.capabilities ?? {}),
		...controlCalls(settings, account),
		maintenance: maintenance(settings, account),

		async signUpload(spec, { expiresIn, createOnly, checksum }) {
			const headers = putHeaders(spec, createOnly, checksum);
			const urls = { method: "PUT", key: spec.key, headers, queries: [""] } as const;
			const { url, signatures, validity } = await signer.signUrls(urls, expiresIn);
			return {
				method: "PUT",
				url: `${url}&X-Goog-Signature=${signatures[0]}`,
				headers,
				receiptHeader: "etag",
				...validity,
				outcomes: createOnly ? createOnlyOutcomes : putOutcomes,
			};
		},

		async signParts({ key, id }, { first, count }, { expiresIn, partChecksum: algorithm }) {
			if (algorithm !== undefined && algorithm !== "md5") {
				throw unsupported(`takes no ${algorithm} of a part`);
			}
			const queryOf = (partNumber: number | string): string =>
				`partNumber=${partNumber}&uploadId=${encode(id)}`;
			const queries = Array.from({ length: count }, (_, index) => queryOf(first + index));
			const urls = { method: "PUT", key, headers: {}, queries } as const;
			const { url, signatures, validity } = await signer.signUrls(urls, expiresIn);
			return {
				first,
				count,
				method: "PUT",
				urls: [`${url}&${queryOf("{partNumber}")}&X-Goog-Signature={value}`],
				values: signatures,
				headers: {},
				receiptHeader: "etag",
				partChecksum: algorithm && { algorithm, header: "content-md5", encoding: "base64" },
				...validity,
				outcomes: partOutcomes,
			};
		},

		async signDownload(key, { expiresIn, version, contentDisposition, contentType }) {
			const query = canonicalQuery(
				defined({
					generation: version,
					"response-content-disposition": contentDisposition,
					"response-content-type": contentType,
				}),
			);
			const urls = { method: "GET", key, headers: {}, queries: [query] } as const;
			const { url, signatures, validity } = await signer.signUrls(urls, expiresIn);
			const signed = `${url}${query && `&${query}`}&X-Goog-Signature=${signatures[0]}`;
			return { method: "GET", url: signed, headers: {}, ...validity };
		},
	};
}

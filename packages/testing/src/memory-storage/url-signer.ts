import type {
	ErrorCode,
	ObjectSpec,
	PresignProvider,
	ProviderCapabilities,
	UploadError,
	Validity,
} from "@skyput/server/provider";
import { signature } from "./storage.js";

/** Makes the errors of a provider. */
export type Fail = (code: ErrorCode, message: string) => UploadError;

/** Where URLs lead, and what they can bind. */
export interface UrlSignerOptions {
	readonly endpoint: string;
	readonly secret: string;
	readonly capabilities: ProviderCapabilities;
	readonly fail: Fail;
}

type UrlSigner = Pick<PresignProvider, "signUpload" | "signParts" | "signDownload">;

type Headers = Readonly<Record<string, string>>;

/** One request before it is signed. */
interface Unsigned {
	readonly method: "GET" | "PUT";
	readonly key: string;
	readonly query: Headers;
	readonly expiresAt: string;
	/** The headers that the holder of the URL must send with these values. */
	readonly bound: Headers;
}

const digestHeaders = { md5: "content-md5", sha256: "x-sha256" } as const;

/** The headers that store a spec. @throws UploadError `unsupported` for a name that cannot be kept. */
export function objectHeaders(
	spec: ObjectSpec,
	{ metadataNames }: ProviderCapabilities,
	fail: Fail,
): Record<string, string> {
	const isAny = metadataNames === "any";
	const wrong = Object.keys(spec.metadata ?? {}).find((name) => !isAny && name.includes("-"));
	if (wrong !== undefined)
		throw fail("unsupported", `The storage cannot keep metadata named ${wrong}.`);
	const metadata = {
		...spec.metadata,
		...(spec.uploadId && { [isAny ? "skyput-upload" : "skyput_upload"]: spec.uploadId }),
	};
	const headers = {
		"content-type": spec.contentType,
		"cache-control": spec.cacheControl,
		"content-disposition": spec.contentDisposition,
		"content-encoding": spec.contentEncoding,
		...Object.fromEntries(Object.entries(metadata).map(([name, text]) => [`x-meta-${name}`, text])),
	};
	const given = Object.entries(headers).filter(([, value]) => value !== undefined);
	return Object.fromEntries(given) as Record<string, string>;
}

/** The part of a provider that signs URLs, without a call to the storage. */
export function urlSigner({ endpoint, secret, capabilities, fail }: UrlSignerOptions): UrlSigner {
	const isBound = capabilities.partUrl === "part";
	const receiptHeader = isBound ? "etag" : null;

	const validity = (requested: number): Validity => {
		const expiresIn = Math.min(requested, capabilities.signing.maxExpiresIn);
		return { expiresIn, expiresAt: new Date(Date.now() + expiresIn * 1000).toISOString() };
	};

	function sign({ method, key, query, expiresAt, bound }: Unsigned) {
		const url = new URL(`${endpoint}/${encodeURIComponent(key)}`);
		url.search = new URLSearchParams({
			expires: String(Date.parse(expiresAt)),
			...query,
			...(isBound ? { bound: "1", headers: Object.keys(bound).join() } : {}),
		}).toString();
		const value = signature(secret, method, url, bound);
		return { url: `${url.href}&signature=`, value };
	}

	return {
		async signUpload(spec, { expiresIn, createOnly, checksum }) {
			const algorithm = checksum?.algorithm;
			if (algorithm && !capabilities.checksums.single.includes(algorithm)) {
				throw fail("unsupported", `The storage does not verify ${algorithm}.`);
			}
			// with If-None-Match, Chromium and undici add Cache-Control, which nobody would have signed
			const { cacheControl = createOnly && isBound ? "no-cache" : undefined } = spec;
			const headers = {
				...objectHeaders({ ...spec, cacheControl }, capabilities, fail),
				...(createOnly && isBound ? { "if-none-match": "*" } : {}),
				...(checksum && { [digestHeaders[algorithm as "md5"]]: checksum.value }),
			};
			// the length comes from the body: browsers do not let a page set it
			const length = spec.size === null ? {} : { "content-length": String(spec.size) };
			const life = validity(expiresIn);
			const { url, value } = sign({
				method: "PUT",
				key: spec.key,
				query: isBound ? {} : { permission: createOnly ? "create" : "write" },
				expiresAt: life.expiresAt,
				bound: { ...headers, ...length },
			});
			const outcomes = createOnly ? { outcomes: { "412 AlreadyExists": "exists" } as const } : {};
			return { method: "PUT", url: url + value, headers, receiptHeader, ...life, ...outcomes };
		},

		async signParts(ref, { first, count, partSize, lastSize = partSize }, options) {
			const { expiresIn, partChecksum } = options;
			if (partChecksum && !capabilities.checksums.part.includes(partChecksum)) {
				throw fail("unsupported", `The storage does not verify ${partChecksum} of parts.`);
			}
			const life = validity(expiresIn);
			const numbers = Array.from({ length: count }, (_, index) => first + index);
			const request = { method: "PUT", key: ref.key, expiresAt: life.expiresAt } as const;
			const signPart = (part: string, size: number) => {
				const bound = { "content-length": String(size) };
				return sign({ ...request, query: { upload: ref.id, part }, bound });
			};
			const token = sign({ ...request, query: { permission: "write" }, bound: {} });
			const template = signPart("0", 0).url.replace("part=0", "part={partNumber}");
			const window = isBound
				? {
						urls: [`${template}{value}`],
						values: numbers.map(
							(number, index) =>
								signPart(String(number), index === count - 1 ? lastSize : partSize).value,
						),
					}
				: {
						// one permission for all parts, whose numbers nobody signed
						urls: [`${token.url}${token.value}&upload=${ref.id}&part={value}`],
						values: numbers.map(String),
					};
			const named = partChecksum && {
				partChecksum: {
					algorithm: partChecksum,
					header: digestHeaders[partChecksum as "md5"],
					encoding: "base64" as const,
				},
			};
			return {
				first,
				count,
				method: "PUT",
				...window,
				headers: {},
				receiptHeader,
				...life,
				...named,
			};
		},

		async signDownload(key, { expiresIn, contentDisposition, contentType }) {
			const life = validity(expiresIn);
			const query = {
				...(contentDisposition && { disposition: contentDisposition }),
				...(contentType && { type: contentType }),
			};
			const { url, value } = sign({ method: "GET", key, query, ...life, bound: {} });
			return { method: "GET", url: url + value, headers: {}, ...life };
		},
	};
}

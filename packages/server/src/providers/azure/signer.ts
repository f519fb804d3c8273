import { createHmac, type KeyObject } from "node:crypto";
import { UploadError } from "../../errors.js";

/**
 * The version of the service that every request asks for. It fixes the fields of the string to sign.
 * https://learn.microsoft.com/rest/api/storageservices/create-service-sas
 */
export const serviceVersion = "2021-12-02";

/** Seconds; a SAS may live longer, but a user delegation key may not. */
export const longestExpiry = 604_800;

/** A user delegation key's own fields, as the service returned them. */
export interface DelegationFields {
	readonly skoid: string;
	readonly sktid: string;
	readonly skt: string;
	readonly ske: string;
	readonly sks: string;
	readonly skv: string;
}

/** What a shared access signature (SAS) is made with: the account's key, or a user delegation key. */
export interface SigningKey {
	readonly key: KeyObject;
	/** Absent for the account's key. */
	readonly delegation?: DelegationFields | undefined;
	/** Milliseconds since the epoch after which it signs nothing. */
	readonly expires: number;
}

/** Resolves the key to sign with, and when a URL that is to live for these seconds expires (milliseconds). */
export type SigningKeys = (
	seconds: number,
) => Promise<{ readonly signing: SigningKey; readonly expires: number }>;

/** What a SAS is bound to. Nothing else can be: neither headers nor a length. */
export interface Grant {
	/** In the order that the service wants: `r`, `c`, `w`, `d`, `l`. */
	readonly permissions: string;
	/** Milliseconds since the epoch, whole seconds. */
	readonly expires: number;
	/** Content-Disposition of the response. */
	readonly contentDisposition?: string | undefined;
	/** Content-Type of the response. */
	readonly contentType?: string | undefined;
}

/** Makes the query of a SAS for the blob of a key, or for the container where the key is null. */
export type SignBlob = (key: string | null, grant: Grant, signing: SigningKey) => string;

/** Makes the function that signs for one container. @param protocol - Where `https` is, http is refused. */
export function blobSigner(account: string, container: string, protocol: "https" | ""): SignBlob {
	return (key, { permissions, expires, contentDisposition, contentType }, signing) => {
		const fields = {
			sv: serviceVersion,
			...(protocol && { spr: protocol }),
			se: new Date(expires).toISOString().replace(".000", ""),
			sr: key === null ? "c" : "b",
			sp: permissions,
			...(contentDisposition && { rscd: contentDisposition }),
			...(contentType && { rsct: contentType }),
			...signing.delegation,
		};
		const delegated = Object.values(signing.delegation ?? {});
		const text = [
			permissions,
			// no start: a client's or server's clock may be behind
			"",
			fields.se,
			`/blob/${account}/${container}${key === null ? "" : `/${key}`}`,
			// a delegation key has no access policy, but three ids of users, which are not used
			...(delegated.length > 0 ? [...delegated, "", "", ""] : [""]),
			// any address
			"",
			protocol,
			serviceVersion,
			fields.sr,
			// no snapshot, no encryption scope, no Cache-Control
			"",
			"",
			"",
			contentDisposition ?? "",
			"",
			"",
			contentType ?? "",
		].join("\n");
		const sig = createHmac("sha256", signing.key).update(text).digest("base64");
		return Object.entries({ ...fields, sig })
			.map(([name, value]) => `${name}=${encode(value)}`)
			.join("&");
	};
}

/** https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata */
const maxSegments = 254;

/**
 * The path of a key below its container. A segment that ends with a dot is refused: the service may drop the
 * dot, and then it is another blob.
 *
 * @throws UploadError `unsupported`, also for more than 254 segments.
 */
export function blobPath(key: string): string {
	const segments = key.split("/");
	if (segments.length > maxSegments) {
		throw new UploadError(
			"unsupported",
			`This storage cannot keep a name of more than ${maxSegments} segments; the key has ${segments.length}.`,
			{ values: { limit: maxSegments } },
		);
	}
	if (/\.(\/|$)/.test(key)) {
		throw new UploadError(
			"unsupported",
			"This storage cannot keep a name that ends with a dot, or has a folder that does.",
		);
	}
	return segments.map(encode).join("/");
}

/** No answer of this provider names a version: an etag pins an object as well. @throws UploadError `unsupported`. */
export function refuseVersion(version: string | undefined): void {
	if (version === undefined) return;
	throw new UploadError("unsupported", "Versions of objects are not supported on this storage.");
}

function encode(text: string): string {
	return encodeURIComponent(text).replace(
		/[!'()*]/g,
		(character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
	);
}

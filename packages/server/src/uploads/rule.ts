import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Checksum } from "#protocol";
import type { Encryption } from "../object-spec.js";
import type { ByteSize } from "./size.js";

/** The caller. `sub` (with `iss`) is the identity; the rest are claims for `authorize` to read. */
export interface Principal {
	readonly sub: string;
	readonly iss?: string | undefined;
	readonly [claim: string]: unknown;
}

/**
 * Why `authorize` runs: when a client asks for the rule's limits, when an upload begins (plain URLs
 * included), and again on each later call.
 */
export type Action = "rules" | "create" | "parts" | "list" | "complete";

/** The input of `authorize`. */
export interface AuthorizeInput<Params = Readonly<Record<string, string>>> {
	/** Null when the caller is not known. */
	readonly principal: Principal | null;
	/** The `:name` and `*name` segments of the key. */
	readonly params: Params;
	readonly action: Action;
	/** The key that the client asked for, normalised. */
	readonly requestedKey: string;
	/** Bytes; null when unknown, also in plain URLs without `size`. */
	readonly size: number | null;
	readonly contentType: string;
}

/** The input of `authorizeRead` and `authorizeDelete`. */
export interface ObjectAccess<
	Params = Readonly<Record<string, string>>,
	Access extends string = "download" | "status" | "delete",
> {
	/** Null when the caller is not known. */
	readonly principal: Principal | null;
	/** The `:name` and `*name` segments of the key. */
	readonly params: Params;
	readonly action: Access;
	/** The object's key, normalised. */
	readonly key: string;
}

/** Who may do something: everyone, or the callers for whom the function returns true. */
export type Authorize<Input> = "public" | ((input: Input) => boolean | Promise<boolean>);

/** The input of `key`, and of functions that return a header. */
export interface KeyInput<Params = Readonly<Record<string, string>>> {
	/** The `:name` and `*name` segments of the requested key. */
	readonly params: Params;
	/** Null when the caller is not known. */
	readonly principal: Principal | null;
	/** The key that the client asked for, normalised. */
	readonly requestedKey: string;
	/** Bytes; null when unknown. */
	readonly size: number | null;
	readonly contentType: string;
}

/** A header's value in printable ASCII, or a function that returns it; undefined counts as absent. */
export type HeaderValue<Params = Readonly<Record<string, string>>> =
	| string
	| ((input: KeyInput<Params>) => string | undefined | Promise<string | undefined>);

/** What a metadata schema may return. Stored as text, without the members that are undefined. */
export interface MetadataValues {
	readonly [name: string]: string | number | boolean | undefined;
}

/**
 * A schema of any library that follows Standard Schema, such as Zod or Valibot. Its input is what the
 * client sends; its output is stored with the object and reaches `onComplete`.
 */
export type MetadataSchema<Input = unknown, Output = MetadataValues> = StandardSchemaV1<
	Input,
	Output
>;

/** The input of `onComplete`. */
export interface CompleteInput<
	Params = Readonly<Record<string, string>>,
	Metadata = MetadataValues,
> {
	/** Random, the same on every repeat: the idempotency key. */
	readonly uploadId: string;
	/** Where the object is stored. */
	readonly key: string;
	/** Bytes. */
	readonly size: number;
	readonly etag?: string | undefined;
	readonly version?: string | undefined;
	readonly checksum?: Checksum | undefined;
	readonly contentType: string;
	/** The output of the rule's schema; empty without one. */
	readonly metadata: Metadata;
	/** The `:name` and `*name` segments of the requested key. */
	readonly params: Params;
	/** Null when the caller is not known. */
	readonly principal: Principal | null;
	/**
	 * Ends the upload with 422 `rejected`; deletes the object where its key is server-made.
	 *
	 * @param reason - Reaches the client as the error's message.
	 * @throws Always: nothing after it runs.
	 */
	readonly reject: (reason: string) => never;
}

/** One row of the table: what may be written below a key pattern, and by whom. */
export interface UploadRule<Params = Readonly<Record<string, string>>, Metadata = MetadataValues> {
	/** Largest file, in bytes or as "5 MB", "5 MiB". @default the storage's own limit */
	readonly maxSize?: ByteSize | undefined;
	/** Smallest file, in bytes or as "5 kB". @default 0 */
	readonly minSize?: ByteSize | undefined;
	/** Accepted types, such as `image/png` or `image/*`, without parameters. @default any */
	readonly contentTypes?: readonly string[] | undefined;
	/** Accepted extensions of the requested key, such as `png`, without the dot, in any case. @default any */
	readonly extensions?: readonly string[] | undefined;
	/** Returns true for callers that may write; `"public"` allows everyone. @default no one */
	readonly authorize?: Authorize<AuthorizeInput<Params>> | undefined;
	/**
	 * Returns true for callers that may download an object and ask for its status by key; `"public"` allows
	 * everyone. @default no one
	 */
	readonly authorizeRead?: Authorize<ObjectAccess<Params, "download" | "status">> | undefined;
	/**
	 * Returns true for callers that may delete an object; `"public"` allows everyone. Upload URLs of a deleted
	 * key are good again until they expire, unless the server makes the keys. @default no one
	 */
	readonly authorizeDelete?: Authorize<ObjectAccess<Params, "delete">> | undefined;
	/**
	 * Makes the key on the server. It must match the rule's own pattern, with the same `:name` segments; only
	 * `*name` may differ. @default the requested key
	 */
	readonly key?: ((input: KeyInput<Params>) => string | Promise<string>) | undefined;
	/** Whether an object may be replaced. @default false */
	readonly overwrite?: boolean | undefined;
	/** Seconds that a signed URL lives, 1..604800. @default 300 */
	readonly expiresIn?: number | undefined;
	/** Bytes of a part; increased for files that need more than 10,000 parts. @default "16 MiB" */
	readonly partSize?: ByteSize | undefined;
	/** The object's Cache-Control, or a function that returns it. @default none */
	readonly cacheControl?: HeaderValue<Params> | undefined;
	/**
	 * The object's Content-Disposition, or a function that returns it, such as with `attachment`. Where the function
	 * returns undefined, `inline` is signed, so that whoever has the URL cannot choose one.
	 *
	 * @default "attachment" for types that browsers execute (HTML, SVG, XML, JavaScript), else none
	 */
	readonly contentDisposition?: HeaderValue<Params> | undefined;
	/** The object's Content-Encoding, or a function that returns it. @default none */
	readonly contentEncoding?: HeaderValue<Params> | undefined;
	/** Tags of the object: at most 10. A storage without tags throws. @default none */
	readonly tags?: Readonly<Record<string, string>> | undefined;
	/** As the storage names it, such as `STANDARD_IA`. @default the bucket's */
	readonly storageClass?: string | undefined;
	/** Encryption at rest, with keys of the storage or of a key management service. @default the bucket's */
	readonly encryption?: Encryption | undefined;
	/** A canned ACL as the storage names it, such as `bucket-owner-full-control`. @default the bucket's */
	readonly acl?: string | undefined;
	/**
	 * Stores files at `.skyput/quarantine/<uploadId>` until `createObjectHandler` of `@skyput/server/events` has
	 * processed them and copies them to their keys. Until then nothing of a file can be read at its key.
	 *
	 * `acl`, `tags` and `storageClass` apply to the copy. Key and metadata together have at most 1,990 bytes.
	 *
	 * @default false
	 */
	readonly quarantine?: boolean | undefined;
	/**
	 * Which storage holds the objects: a name in the handler's option `provider`; a function there finds it in
	 * `call.provider`. @default the only provider, or the one called "default"
	 */
	readonly provider?: string | undefined;
	/**
	 * Checks what the client sends. Names and values are printable ASCII, 2 kB in all.
	 *
	 * @default no metadata is accepted
	 */
	readonly metadata?: MetadataSchema | undefined;
	/**
	 * Called once the object is stored; with `quarantine`, once it is at its key, where `principal` has `sub` and
	 * `iss` alone. May run more than once, so make it idempotent. Its result is sent to the client.
	 */
	readonly onComplete?: ((input: CompleteInput<Params, Metadata>) => unknown) | undefined;
}

import type { Checksum } from "#protocol";
import type { ClientOptions, Progress, UploadFileOptions, UploadOptions } from "./options.js";
import type { ByteStream, OpenableSource } from "./platform.js";
import type {
	AnyUploads,
	DataOf,
	KeyArgument,
	OptionsArguments,
	UploadsTable,
} from "./table-types.js";

/**
 * What can be uploaded. `fromPath` of `@skyput/client/node` makes an {@link OpenableSource}; Node's own
 * streams are a {@link ByteStream}, which is read once, cancelled when its upload fails, and can not be
 * uploaded a second time.
 */
export type UploadInput = Blob | ArrayBuffer | ArrayBufferView | OpenableSource | ByteStream;

export type UploadState =
	| "starting"
	| "uploading"
	| "paused"
	| "offline"
	| "completing"
	| "done"
	| "failed"
	| "aborted";

/** What was stored. */
export interface UploadResult<Data = unknown> {
	/** The object's key; the server may have chosen another than the one asked for. */
	readonly key: string;
	/** Bytes. */
	readonly size: number;
	readonly etag?: string | undefined;
	readonly version?: string | undefined;
	readonly checksum?: Checksum | undefined;
	/** What the rule's `onComplete` returned; undefined without one. */
	readonly data: Data;
}

/**
 * A running upload: await it for the result; every rejection is an `UploadError`. Awaiting is also
 * what an `async` function does with a returned handle, so hand it out inside an object to keep it.
 */
export interface Upload<Data = unknown> extends Promise<UploadResult<Data>> {
	readonly state: UploadState;
	/**
	 * Starts nothing new; what is in flight finishes or, where it failed, waits. A call to the endpoint that
	 * fails is repeated meanwhile, and that spends none of its attempts.
	 */
	pause(): void;
	resume(): void;
	/** Ends the upload and forgets it on the server. Rejects with code `aborted` and this cause. */
	abort(reason?: unknown): void;
	/** The latest progress whenever it changed, about ten times a second; ends with the upload, without throwing. */
	progress(): AsyncIterable<Progress>;
}

/** A client for one endpoint. */
export interface Client<Table extends UploadsTable = AnyUploads> {
	/** Uploads one file below a key of the table. Never throws: what is wrong rejects the handle. */
	uploadFile<const Key extends string>(
		file: UploadInput,
		key: KeyArgument<Table, Key>,
		...options: OptionsArguments<Table, Key, UploadOptions>
	): Upload<DataOf<Table, Key>>;
}

/**
 * What every composition root exports, made by `createFace` of `client.ts`: a root is
 * `const face: ClientFace = createFace(…)` and names both members.
 */
export interface ClientFace {
	/**
	 * A client for one endpoint, typed from the server's table: `createClient<typeof uploads>({ endpoint })`.
	 *
	 * @throws UploadError `invalid-request` when an option is unknown or has a bad value.
	 */
	createClient<Table extends UploadsTable = AnyUploads>(options: ClientOptions): Client<Table>;
	/** {@link Client.uploadFile} for one call, with the endpoint among its options. */
	uploadFile(file: UploadInput, key: string, options: UploadFileOptions): Upload;
}

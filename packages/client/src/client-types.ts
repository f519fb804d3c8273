import type { ErrorMessages } from "./errors.js";
import type {
	FileInfo,
	FilesInput,
	FilesItem,
	FilesOptions,
	FilesUpload,
} from "./files/files-types.js";
import type { ObjectCalls } from "./object-types.js";
import type { ClientOptions, UploadFileOptions, UploadOptions } from "./options.js";
import type { PendingUpload, Upload, UploadInput } from "./public-types.js";
import type {
	AnyUploads,
	DataOf,
	KeyArgument,
	KeyOf,
	OptionsArguments,
	UploadsTable,
} from "./table-types.js";

/** A client for one endpoint. */
export interface Client<Table extends UploadsTable = AnyUploads> extends ObjectCalls {
	/** The option of `createClient`, which a list of uploads uses too. */
	readonly messages?: ErrorMessages | undefined;
	/**
	 * Uploads one file. Never throws: errors reject the returned promise.
	 *
	 * @param file - A Blob or File, bytes, a stream of bytes, or what `fromPath` returns.
	 * @param key - Where to store it: a literal or template literal that fits a pattern of the table. Cast
	 *   a plain string to `KeyOf<typeof uploads>`.
	 * @param options - Required exactly where the key's rule requires `metadata`.
	 * @returns The running upload: a promise of the result, with controls.
	 */
	uploadFile<const Key extends string>(
		file: UploadInput,
		key: KeyArgument<Table, Key>,
		...options: OptionsArguments<Table, Key, UploadOptions>
	): Upload<DataOf<Table, Key>>;
	/**
	 * Uploads several files or a folder, as many at once as bodies may be in flight. Never throws: errors reject the
	 * returned promise. A file that cannot be uploaded rejects nothing by default: look at `failed` of the result.
	 *
	 * @param files - A FileList, an array, or any iterable of Files or `{ file, path }`; in Node also `fromPath`
	 *   of a folder. Only the files whose turn has come are read.
	 * @param keyOf - Returns where to store a file, from its path in the folder; each file needs a key of its own.
	 * @param options - For all of the files; a function in it gives a file options of its own.
	 * @returns The running uploads: a promise of how each file ended, with the controls of one upload.
	 */
	uploadFiles<Item extends FilesItem>(
		files: FilesInput<Item>,
		keyOf: (item: Item, info: FileInfo) => KeyOf<Table> | Promise<KeyOf<Table>>,
		options?: FilesOptions<Item, DataOf<Table, KeyOf<Table>>>,
	): FilesUpload<Item, DataOf<Table, KeyOf<Table>>>;
	/**
	 * Finds the uploads that an earlier run with the option `resume` left unfinished, except those that run now, in
	 * this program or another. Needs no network.
	 *
	 * @returns The uploads to this endpoint, the latest first; none where records cannot be stored.
	 * @throws UploadError `unsupported` for a `ResumeStore` without `list`, `internal` for one that fails.
	 */
	pending(): Promise<PendingUpload<DataOf<Table, KeyOf<Table>>>[]>;
}

/**
 * The exports of every entry point, made by `createClientModule`.
 */
export interface ClientModule {
	/**
	 * A client for one endpoint, typed from the server's table: `createClient<typeof uploads>({ endpoint })`.
	 * Without a type it takes any key.
	 *
	 * @param options - The endpoint, and options for every upload of the client.
	 * @returns The client.
	 * @throws UploadError `invalid-request` when an option is unknown or has a bad value.
	 */
	createClient<Table extends UploadsTable = AnyUploads>(options: ClientOptions): Client<Table>;
	/**
	 * {@link Client.uploadFile} for one call. Never throws: errors reject the returned promise.
	 *
	 * @param file - A Blob or File, bytes, a stream of bytes, or what `fromPath` returns.
	 * @param key - Where to store it.
	 * @param options - Those of the upload, and the endpoint.
	 * @returns The running upload: a promise of the result, with controls.
	 */
	uploadFile(file: UploadInput, key: string, options: UploadFileOptions): Upload;
}

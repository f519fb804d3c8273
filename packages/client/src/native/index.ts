import { createClientModule } from "../client.js";
import type { Client, ClientModule } from "../client-types.js";
import type { ClientOptions } from "../options.js";
import type { ResumeStore } from "../resume-store.js";
import type { AnyUploads, UploadsTable } from "../table-types.js";
import { createNativePlatform, type NativeAbilities, noStore } from "./platform.js";

export type {
	Checksum,
	ChecksumAlgorithm,
	ErrorCode,
	ProblemDetail,
	ProblemValues,
} from "#protocol";
export type { Client } from "../client-types.js";
export {
	type ClientErrorCode,
	type ErrorMessages,
	UploadError,
	type UploadErrorCode,
	type UploadErrorOptions,
} from "../errors.js";
export type {
	FailedFile,
	FileEntry,
	FileFolder,
	FileInfo,
	FileOutcome,
	FilesInput,
	FilesItem,
	FilesOptions,
	FilesResult,
	FilesUpload,
	SkippedFile,
	StoredFile,
} from "../files/files-types.js";
export type {
	AddableFile,
	AddableFiles,
	AddedFiles,
	DroppedFiles,
	UploadAnnouncement,
	UploadItem,
	UploadItemSnapshot,
	UploadItemState,
	UploadList,
	UploadListOptions,
	UploadListSnapshot,
} from "../list/list-types.js";
export { createUploadList } from "../list/upload-list.js";
export type { CallOptions, DownloadOptions, ObjectCalls, UploadLimits } from "../object-types.js";
export type {
	ClientOptions,
	HeadersOption,
	HeaderValues,
	Progress,
	RetryOptions,
	SpeedLimit,
	TransferOptions,
	UploadFileOptions,
	UploadOptions,
	UploadPriority,
} from "../options.js";
export type {
	ByteStream,
	OpenableSource,
	SourceIdentity,
	UploadBody,
	UploadSource,
} from "../platform.js";
export type {
	FileReference,
	FileStatus,
	PendingUpload,
	Upload,
	UploadEvent,
	UploadHandle,
	UploadInput,
	UploadReport,
	UploadResult,
	UploadSnapshot,
	UploadState,
} from "../public-types.js";
export type { ResumeStore } from "../resume-store.js";
export type {
	AnyUploads,
	DataOf,
	InvalidKey,
	KeyArgument,
	KeyOf,
	MetadataOption,
	OptionsArguments,
	UploadsTable,
} from "../table-types.js";
export type { ReadFile } from "./file-source.js";
export type { NativeAbilities } from "./platform.js";
export { type KeyValueStorage, storageResumeStore } from "./resume-store.js";

/** Options of `createClient` in React Native. */
export interface NativeClientOptions extends Omit<ClientOptions, "resume">, NativeAbilities {
	/**
	 * Computes a digest of the file for the storage or the server to verify. Hermes does not compile JavaScript:
	 * digesting a file takes longer than sending it.
	 *
	 * @default false
	 */
	readonly checksum?: boolean | undefined;
	/**
	 * Continues an interrupted multipart upload where it stopped, with records in this store: `storageResumeStore` makes
	 * one. Works for files with `lastModified`, and for all with `checksum`.
	 *
	 * @default false
	 */
	readonly resume?: false | ResumeStore | undefined;
}

const createModule = (abilities?: NativeAbilities): ClientModule =>
	createClientModule(createNativePlatform(abilities), () => import("./multipart.js"));

/**
 * A client for one endpoint, typed from the server's table: `createClient<typeof uploads>({ endpoint })`.
 * Without a type it takes any key.
 *
 * @param options - The endpoint, how files are read, and options for every upload of the client.
 * @returns The client.
 * @throws UploadError `invalid-request` when an option is unknown or has a bad value, `unsupported` for `resume: true`.
 */
export function createClient<Table extends UploadsTable = AnyUploads>(
	options: NativeClientOptions,
): Client<Table> {
	const { readFile, isOnline, ...others }: NativeClientOptions = Object(options);
	if ((others.resume as unknown) === true) throw noStore();
	return createModule({ readFile, isOnline }).createClient<Table>({
		...others,
		// a URL of the app is none of this build's
		endpoint: String(others.endpoint),
		checksum: others.checksum ?? false,
	});
}

/** Bare calls have no options for reading files. */
const bare = /* @__PURE__ */ createModule();

export const uploadFile: ClientModule["uploadFile"] = (file, key, options) =>
	bare.uploadFile(file, key, { checksum: false, ...options });

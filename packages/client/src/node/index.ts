import { createClientModule } from "../client.js";
import type { ClientModule } from "../client-types.js";
import { createNodePlatform } from "./platform.js";

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

const client: ClientModule = /* @__PURE__ */ createClientModule(
	/* @__PURE__ */ createNodePlatform(),
	() => import("../multipart/index.js"),
);

export const createClient: ClientModule["createClient"] = client.createClient;
export const uploadFile: ClientModule["uploadFile"] = client.uploadFile;

export type {
	Checksum,
	ChecksumAlgorithm,
	ErrorCode,
	MultipartLimits,
	Outcome,
	Outcomes,
	PartWindow,
	Problem,
	ProblemDetail,
	SentPart,
	SignedRequest,
	StoredPart,
} from "#protocol";
export { UploadError, type UploadErrorOptions } from "./errors.js";
export type {
	CompleteOptions,
	MultipartRef,
	ObjectInfo,
	ObjectSpec,
	PartPage,
	PartRange,
	PresignProvider,
	ProviderCapabilities,
	SignedDownload,
	SignUploadOptions,
} from "./provider.js";
export {
	type Action,
	type AuthorizeInput,
	type CompleteInput,
	defineUploads,
	type KeyInput,
	type Principal,
	type UploadRule,
	type Uploads,
	type UploadsTypes,
	type UploadTable,
} from "./uploads/define-uploads.js";
export type { MetadataSchema } from "./uploads/metadata.js";
export type { PatternParams } from "./uploads/pattern.js";
export type { ByteSize } from "./uploads/size.js";

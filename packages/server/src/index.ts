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
export type { MetadataSchema } from "./policy/metadata.js";
export type { PatternParams } from "./policy/pattern.js";
export type { ByteSize } from "./policy/size.js";
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
} from "./policy/uploads.js";
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

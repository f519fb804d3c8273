export type {
	Checksum,
	ChecksumAlgorithm,
	ErrorCode,
	MultipartLimits,
	Outcome,
	Outcomes,
	PartWindow,
	ProblemDetail,
	ProblemValues,
	SignedRequest,
	StoredPart,
	Validity,
} from "#protocol";
export type { CapabilityCorrections, ProbeOptions, ProviderCapabilities } from "../capabilities.js";
export { UploadError, type UploadErrorOptions } from "../errors.js";
export type {
	ListedObject,
	ListedUpload,
	ObjectTags,
	StorageMaintenance,
} from "../maintenance.js";
export type {
	CommitPart,
	CompleteOptions,
	CreateMultipartOptions,
	MultipartRef,
	PartPage,
	PartRange,
	SignPartsOptions,
} from "../multipart-upload.js";
export type {
	CommitSpec,
	CopyOptions,
	Encryption,
	ObjectInfo,
	ObjectSpec,
} from "../object-spec.js";
export type { PresignProvider, SignedDownload, SignUploadOptions } from "../provider.js";
export { staged } from "./staged.js";

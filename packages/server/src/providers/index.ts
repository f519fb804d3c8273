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
export type { CapabilityCorrections, ProviderCapabilities } from "../capabilities.js";
export { UploadError, type UploadErrorOptions } from "../errors.js";
export type { CommitSpec, Encryption, ObjectInfo, ObjectSpec } from "../object-spec.js";
export type {
	CommitPart,
	CompleteOptions,
	CopyOptions,
	CreateMultipartOptions,
	MultipartRef,
	PartPage,
	PartRange,
	PresignProvider,
	ProbeOptions,
	SignedDownload,
	SignPartsOptions,
	SignUploadOptions,
} from "../provider.js";
export { staged } from "./staged.js";

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
export type {
	CommitPart,
	CompleteOptions,
	Encryption,
	MultipartRef,
	ObjectInfo,
	ObjectSpec,
	PartPage,
	PartRange,
	PresignProvider,
	SignedDownload,
	SignPartsOptions,
	SignUploadOptions,
} from "../provider.js";

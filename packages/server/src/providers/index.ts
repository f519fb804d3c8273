export type {
	Checksum,
	ChecksumAlgorithm,
	ErrorCode,
	MultipartLimits,
	Outcome,
	Outcomes,
	PartWindow,
	ProblemDetail,
	SignedRequest,
	StoredPart,
	Validity,
} from "#protocol";
export { UploadError, type UploadErrorOptions } from "../errors.js";
export type {
	CapabilityCorrections,
	CommitPart,
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
} from "../provider.js";

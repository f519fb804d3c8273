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
	SignPartsOptions,
	SignUploadOptions,
} from "../provider.js";

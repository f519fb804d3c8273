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

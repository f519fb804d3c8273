export type {
	AddableFile,
	AddableFiles,
	AddedFiles,
	UploadAnnouncement,
	UploadItemSnapshot,
	UploadItemState,
	UploadList,
	UploadListOptions,
	UploadListSnapshot,
} from "../list/list-types.js";
export type { DataOf, KeyOf, UploadsTable } from "../table-types.js";
export {
	type InputProps,
	type UseUpload,
	type UseUploadOptions,
	useUpload,
	useUploadItem,
	type ZoneProps,
} from "./use-upload.js";

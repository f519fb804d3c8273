import type { FileStatus } from "./public-types.js";

/** Options of a single call. */
export interface CallOptions {
	/** Aborts the call. @default none */
	readonly signal?: AbortSignal | undefined;
}

/** Options of `downloadUrl`. */
export interface DownloadOptions extends CallOptions {
	/** The name under which a browser saves the file, at most 255 characters. @default from the URL */
	readonly filename?: string | undefined;
	/**
	 * Whether a browser shows the file or saves it. `inline` counts only where the key's rule accepts no type that
	 * could run scripts.
	 *
	 * @default as the file was stored; saved where the rule accepts types that could run scripts
	 */
	readonly disposition?: "inline" | "attachment" | undefined;
}

/** What an upload must meet, to be checked before it begins. What is absent is not limited. */
export interface UploadLimits {
	/** Bytes. */
	readonly maxSize?: number | undefined;
	/** Bytes. */
	readonly minSize?: number | undefined;
	/** Such as `image/png` or `image/*`. */
	readonly contentTypes?: readonly string[] | undefined;
	/** Lower-case, without the dot. */
	readonly extensions?: readonly string[] | undefined;
}

/** The calls of a client about stored objects. */
export interface ObjectCalls<Key extends string = string> {
	/**
	 * Asks for the limits of a key. The reply is kept for up to 5 minutes.
	 *
	 * @param key - Where a file is to be stored.
	 * @returns The limits: `maxSize` and `minSize` in bytes, `contentTypes`, `extensions`.
	 * @throws UploadError such as `forbidden` for who may not upload to the key.
	 */
	rules(key: Key): Promise<UploadLimits>;
	/**
	 * Asks for a URL to download a stored object. It expires after the rule's `expiresIn`, 5 minutes by default, so
	 * ask again instead of keeping it.
	 *
	 * @param key - The object's key, as in the upload's result.
	 * @param options - A file name, and whether a browser shows or saves the file.
	 * @returns The URL.
	 * @throws UploadError `forbidden` unless the rule's `authorizeRead` allows it, `not-found`.
	 */
	downloadUrl(key: Key, options?: DownloadOptions): Promise<string>;
	/**
	 * Asks whether an object is available.
	 *
	 * @param key - The object's key, as in the upload's result.
	 * @param options - A signal.
	 * @returns The status; `upload.status()` tells of a file that is not at its key yet.
	 * @throws UploadError `not-found` also where the rule's `authorizeRead` does not allow it.
	 */
	status(key: Key, options?: CallOptions): Promise<FileStatus>;
	/**
	 * Deletes a stored object. Safe to repeat.
	 *
	 * @param key - The object's key, as in the upload's result.
	 * @param options - A signal.
	 * @returns Resolves once it is deleted, also where nothing was stored.
	 * @throws UploadError `forbidden` unless the rule's `authorizeDelete` allows it.
	 */
	deleteFile(key: Key, options?: CallOptions): Promise<void>;
}

import type { ObjectInfo } from "./object-spec.js";

/** An object in a listing. */
export interface ListedObject {
	readonly key: string;
	/** Bytes. */
	readonly size: number;
	/** Milliseconds since the epoch: when it was stored. */
	readonly modified: number;
}

/** An upload in parts in a listing. */
export interface ListedUpload {
	/** Where its parts are stored. */
	readonly key: string;
	/** The storage's own upload id. */
	readonly id: string;
	/** Milliseconds since the epoch. */
	readonly begun: number;
}

/** Calls on the tags of an object. */
export interface ObjectTags {
	/**
	 * Reads the tags of an object.
	 *
	 * @param object - Its version, where it has one, is what is read.
	 * @returns Values by name.
	 */
	readTags(object: ObjectInfo): Promise<Readonly<Record<string, string>>>;
	/**
	 * Replaces all tags of an object.
	 *
	 * @param object - Its version, where it has one, is what is tagged.
	 * @param tags - At most 10.
	 */
	writeTags(object: ObjectInfo, tags: Readonly<Record<string, string>>): Promise<void>;
}

/** Calls on many objects, and on their tags: for what runs after the upload. */
export interface StorageMaintenance {
	/**
	 * Lists objects, in any order.
	 *
	 * @param prefix - Of their keys.
	 * @returns All of them, page by page.
	 */
	listObjects(prefix: string): AsyncIterable<ListedObject>;
	/**
	 * Lists uploads in parts that are in progress, in any order.
	 *
	 * @param prefix - Of the keys at which their parts are stored.
	 * @returns All of them, page by page.
	 */
	listUploads(prefix: string): AsyncIterable<ListedUpload>;
	/**
	 * Discards a listed upload and its parts. Idempotent.
	 *
	 * @param upload - As listed.
	 */
	abortUpload(upload: ListedUpload): Promise<void>;
	/** Absent where objects have no tags. */
	readonly tags?: ObjectTags | undefined;
}

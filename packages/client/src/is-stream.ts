import { isObject } from "./is-object.js";
import type { ByteStream } from "./platform.js";

/** Whether bytes can be read from it one after the other only. */
export const isStream = (file: unknown): file is ByteStream =>
	isObject(file) && ("getReader" in file || Symbol.asyncIterator in file);

/*
 * The operations that always call the storage. The router loads them at first use, as the S3 provider
 * loads the SDK; in one module, because each file adds half a millisecond to a cold start.
 */
export { abort } from "./operations/abort.js";
export { complete } from "./operations/complete.js";
export { deleteObject } from "./operations/delete.js";
export { download } from "./operations/download.js";
export { list } from "./operations/list.js";
export { rules } from "./operations/rules.js";
export { status } from "./operations/status.js";

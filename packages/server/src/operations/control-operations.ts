/*
 * The operations but create and sign, and the plan of an upload in parts: nearly all call the storage, or follow a
 * call that did. Router and create load them at first use, as the S3 provider loads the SDK; in one module,
 * because each file adds a third of a millisecond to a cold start.
 */
export { abort } from "./abort.js";
export { complete } from "./complete.js";
export { deleteObject } from "./delete.js";
export { download } from "./download.js";
export { list } from "./list.js";
export { multipartPlan } from "./multipart-plan.js";
export { parts } from "./parts.js";
export { rules } from "./rules.js";
export { status } from "./status.js";

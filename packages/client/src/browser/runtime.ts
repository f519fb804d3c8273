import type { Runtime } from "../platform.js";
import { outage } from "./outage.js";

/** Over HTTP/1.1, which S3 speaks, browsers open six connections to one host. */
const maxConcurrency = 6;

export const createRuntime = (): Runtime => ({
	maxConcurrency,
	outage,
	// in a worker that was made of a Blob there is nothing to resolve against
	baseUrl: globalThis.document?.baseURI ?? globalThis.location?.href,
});

import { wrap } from "../errors.js";
import { until } from "../http/wait.js";

/** Loads the code for uploads in parts and for streams, which pages that send small files never need. */
export const loadParts = (): Promise<typeof import("../multipart/index.js")> =>
	load(import("../multipart/index.js"));

/** Milliseconds; the network that brings it may stall. */
const loadTimeout = 30_000;

/**
 * Code that not every page needs, by its `import()`. A page that is open while its site is deployed anew
 * may find it gone.
 *
 * @throws UploadError `network`
 */
export const load = <Code>(code: Promise<Code>): Promise<Code> =>
	until(code, AbortSignal.timeout(loadTimeout)).catch((cause) => {
		throw wrap(cause, "network", "Code of the upload cannot be loaded: reload the page.");
	});

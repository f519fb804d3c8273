import { wrap } from "../errors.js";

/**
 * Loads the code for uploads in parts, which pages that send small files never need. A page that is
 * open while its site is deployed anew may find it gone.
 *
 * @throws UploadError `network`
 */
export const loadParts = (): Promise<typeof import("../parts/multipart.js")> =>
	import("../parts/multipart.js").catch((cause) => {
		throw wrap(cause, "network", "The code for large files cannot be loaded: reload the page.");
	});

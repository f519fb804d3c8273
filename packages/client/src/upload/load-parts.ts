import { load } from "../http/load.js";

/** Loads the code for uploads in parts, which pages that send small files never need. */
export const loadParts = (): Promise<typeof import("../parts/multipart.js")> =>
	load(import("../parts/multipart.js"));

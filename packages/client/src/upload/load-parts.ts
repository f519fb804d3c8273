import { load } from "../http/load.js";

/** Loads the code for uploads in parts and for streams, which pages that send small files never need. */
export const loadParts = (): Promise<typeof import("../parts/on-demand.js")> =>
	load(import("../parts/on-demand.js"));

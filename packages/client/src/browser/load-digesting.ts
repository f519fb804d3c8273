import { load } from "../http/load.js";

/** Loads the code that reads and digests files, which browsers do not bring along. */
export const loadDigesting = (): Promise<typeof import("./digesting.js")> =>
	load(import("./digesting.js"));

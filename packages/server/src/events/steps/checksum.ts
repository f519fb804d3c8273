import { createHash } from "node:crypto";
import { clean, namedStep, type Step } from "../step.js";

/**
 * Makes a step that records the SHA-256 of the object, in hex, as the fact `sha256`. It is always `clean`.
 *
 * @returns The step, for the option `steps` of an object handler.
 */
export function checksum(): Step {
	return namedStep("checksum", async ({ reader }) => {
		const hash = createHash("sha256");
		await reader.readAll((chunk) => hash.update(chunk));
		return clean({ sha256: hash.digest("hex") });
	});
}

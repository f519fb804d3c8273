import { UploadError } from "../errors.js";
import type { AddedFile } from "./collect-files.js";
import type { UploadListOptions } from "./list-types.js";

/** Why a file is rejected; undefined where it is not. */
type Check = (file: AddedFile) => UploadError | undefined;

/**
 * Asks for the limits of a list once, and again after a failure.
 *
 * @returns undefined without limits, and where that fails: the server decides about each file, and tells why it cannot
 * be asked
 */
export function createLimitsCheck(
	given: UploadListOptions["limits"],
): () => Promise<Check | undefined> | undefined {
	if (!given) return () => undefined;
	let check: Promise<Check> | undefined;
	const load = async (): Promise<Check> => {
		const [limits, { rejectionOf }] = await Promise.all([
			typeof given === "function" ? given() : given,
			import("./rejection-of.js"),
		]);
		return (file) => {
			const rejection = rejectionOf(file, limits);
			if (!rejection) return undefined;
			const { code, message, values } = rejection;
			return new UploadError(code, message, { values });
		};
	};
	return () => {
		check ??= load();
		return check.catch(() => {
			check = undefined;
			return undefined;
		});
	};
}

/** A list has no room for more files. */
export const tooMany = (limit: number): UploadError =>
	new UploadError("invalid-request", `At most ${limit} files can be added.`, { values: { limit } });

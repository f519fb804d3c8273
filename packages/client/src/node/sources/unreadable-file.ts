import { isObject, UploadError } from "../../errors.js";

/** What the system's refusal of a file means, and what to do. */
const reasons: Readonly<Record<string, string>> = {
	ENOENT: "it does not exist. Check the path; a relative one begins at the current directory",
	ENOTDIR: "a part of its path is a file, not a folder. Check the path",
	EACCES: "this process has no right to. Change the rights of the file or its folders, or the user",
	EPERM: "this process has no right to. Change the rights of the file or its folders, or the user",
	EISDIR: "it is a directory. Upload its files (`uploadFiles`)",
	ELOOP: "its links lead in a circle. Mend the link",
	EMFILE: "too many files are open. Close some, or raise the limit (`ulimit -n`)",
	ENFILE: "too many files are open on this machine. Close some",
	EBUSY: "another program uses it. Try again once that is done",
	EIO: "the disk or network drive fails. Check it, then try again",
};

/**
 * What to throw where a file cannot be opened.
 *
 * @param path as an absolute one
 * @returns UploadError `invalid-request` with the system's error as cause; any other error as it is
 */
export function explainUnreadable(error: unknown, path: string): unknown {
	const code = isObject(error) && "code" in error ? `${error.code}` : "";
	const reason = Object.hasOwn(reasons, code) ? reasons[code] : undefined;
	if (!reason) return error;
	const message = `${path} cannot be read (${code}): ${reason}.`;
	return new UploadError("invalid-request", message, { cause: error });
}

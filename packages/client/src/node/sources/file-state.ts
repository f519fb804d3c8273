import { UploadError } from "../../errors.js";

/** What tells one state of a file from another, and from other files: members of its `BigIntStats`. */
export interface FileState {
	/** Bytes. */
	readonly size: bigint;
	readonly mtimeNs: bigint;
	/** Its number in the file system. */
	readonly ino: bigint;
}

/** @throws UploadError `file-changed` unless the file is what it was when its upload began. */
export function assertUnchanged(before: FileState, now: FileState): void {
	if (now.ino !== before.ino) throw fileChanged("was replaced");
	if (now.size !== before.size) throw fileChanged("changed its size");
	if (now.mtimeNs !== before.mtimeNs) throw fileChanged("was written to");
}

/** The error of a read that met the end of the file too early. */
export const fileTooShort = (): UploadError => fileChanged("became shorter");

/** @param cause the system's error */
export const fileGone = (cause: Error): UploadError => fileChanged("went away", { cause });

const fileChanged = (how: string, options?: ErrorOptions): UploadError =>
	new UploadError(
		"file-changed",
		`The file ${how} during its upload. Start again once nothing writes to it.`,
		options,
	);

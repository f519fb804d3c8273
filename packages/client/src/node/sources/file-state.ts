import { UploadError } from "../../errors.js";

/** What tells one state of an open file from another: members of its `BigIntStats`. */
export interface FileState {
	/** Bytes. */
	readonly size: bigint;
	readonly mtimeNs: bigint;
}

/** @throws UploadError `file-changed` unless the file is what it was when it was opened. */
export function assertUnchanged(opened: FileState, now: FileState): void {
	if (now.size !== opened.size) throw fileChanged("changed its size");
	if (now.mtimeNs !== opened.mtimeNs) throw fileChanged("was written to");
}

/** The error of a read that met the end of the file too early. */
export const fileTooShort = (): UploadError => fileChanged("became shorter");

const fileChanged = (how: string): UploadError =>
	new UploadError(
		"file-changed",
		`The file ${how} during its upload. Start again once nothing writes to it.`,
	);

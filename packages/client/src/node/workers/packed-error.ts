import { UploadError, type UploadErrorCode } from "../../errors.js";
import { StallError } from "../../platform.js";

/**
 * An error as plain data. Between threads an Error would lose its class and its code; and of its
 * members only those that cannot hold a signed URL may go on.
 */
export interface PackedError {
	readonly name: string;
	readonly message: string;
	readonly facts: Readonly<Record<string, unknown>>;
	readonly cause?: PackedError;
}

/** Where and why a system call failed, as Node says it. */
const facts = ["code", "errno", "syscall", "address", "port"];

export function packError(error: unknown): PackedError {
	if (!(error instanceof Error)) return { name: "Error", message: String(error), facts: {} };
	const { name, message, cause } = error;
	return {
		name,
		message,
		facts: Object.fromEntries(Object.entries(error).filter(([fact]) => facts.includes(fact))),
		...(cause === undefined ? {} : { cause: packError(cause) }),
	};
}

/** The error again, of the class it was where somebody looks at its class. */
export function unpackError({ name, message, facts, cause }: PackedError): Error {
	const options = cause ? { cause: unpackError(cause) } : {};
	if (name === "UploadError") {
		return new UploadError(facts["code"] as UploadErrorCode, message, options);
	}
	if (name === "StallError") return new StallError(message, options);
	const error =
		name === "TypeError" ? new TypeError(message, options) : new Error(message, options);
	return Object.assign(error, facts);
}

import type { ErrorCode } from "#protocol";
import { UploadError } from "../../errors.js";

/** What the server was doing. */
export type StorageAction =
	| `list the ${"parts" | "objects" | "uploads"}`
	| "complete the upload"
	| "abort the upload"
	| "check the object"
	| "copy the object"
	| "delete the object"
	| "get a key to sign with";

/** An answer of the storage that is no success. */
export interface Refusal {
	/** The storage's own error code; empty where it sent none. */
	readonly name: string;
	readonly status: number;
	/** Seconds by which this clock is ahead of the storage's; NaN where unknown. */
	readonly skew: number;
}

interface Meaning {
	readonly code: ErrorCode;
	/** Sent to the client. */
	readonly message: string;
	/** For the log; absent where the message says it all. */
	readonly reason?: string;
}

const busy: Meaning = {
	code: "storage-unavailable",
	message: "The storage is unavailable. Try again.",
};
const taken: Meaning = { code: "already-exists", message: "An object with this key exists." };
const competing: Meaning = {
	code: "conflict",
	message: "Another write to the same key happened at the same time.",
};
const wrongParts: Meaning = {
	code: "invalid-parts",
	message: "The storage refused the list of parts: one is missing, or has changed.",
};
const noObject: Meaning = { code: "not-found", message: "There is no such object." };

const denied = (reason: string): Meaning => ({
	code: "forbidden",
	message: "The storage did not allow the server to do this.",
	reason,
});
const broken = (message: string): Meaning => ({ code: "storage-error", message });

const unauthenticated = denied(
	"The storage does not accept the server's signature: the option accountKey of azureProvider is wrong or was rotated, the account's name is wrong, or a firewall of the account refuses the server.",
);
const sourceDenied = denied(
	"The storage may not read the blob that it is to copy. Allow the server's network in the account's network rules.",
);
const noContainer = broken(
	"The container does not exist. Correct the option container of azureProvider, or create it.",
);

/** By the storage's own error code. https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
const byName: Readonly<Record<string, Meaning>> = {
	BlobAlreadyExists: taken,
	UnauthorizedBlobOverwrite: taken,
	BlobNotFound: noObject,
	ResourceNotFound: noObject,
	ConditionNotMet: competing,
	TargetConditionNotMet: competing,
	SourceConditionNotMet: competing,
	LeaseIdMissing: competing,
	LeaseAlreadyPresent: competing,
	PendingCopyOperation: competing,
	InvalidBlockList: wrongParts,
	InvalidBlockId: wrongParts,
	// blocks of another program, whose names have another length, wait at the key
	InvalidBlobOrBlock: competing,
	InvalidBlobType: wrongParts,
	Md5Mismatch: {
		code: "checksum-mismatch",
		message: "The stored bytes differ from their checksum.",
	},
	ContainerNotFound: noContainer,
	ContainerBeingDeleted: noContainer,
	ContainerDisabled: noContainer,
	AccountIsDisabled: broken("The storage account is disabled."),
	BlobImmutableDueToPolicy: denied(
		"An immutability policy or legal hold of the container forbids it. Uploads need a container without one.",
	),
	AuthenticationFailed: unauthenticated,
	AuthorizationFailure: unauthenticated,
	InvalidAuthenticationInfo: unauthenticated,
	AuthorizationPermissionMismatch: denied(
		"The identity behind getToken needs the role Storage Blob Data Contributor on the container, and Storage Blob Delegator on the account.",
	),
	KeyBasedAuthenticationNotPermitted: denied(
		"The account does not allow its keys (allowSharedKeyAccess). Use the option getToken of azureProvider instead of accountKey.",
	),
};

/** Seconds between the clocks that explain a refusal. */
const suspectSkew = 300;

/** The error of an answer that is no success. Its cause names the storage's code, and no URL. */
export function refusedError(refusal: Refusal, action: StorageAction): UploadError {
	const { name, status } = refusal;
	return uploadError(
		meaningOf(refusal, action),
		action,
		new Error(`${status} ${/^\w{3,64}$/.test(name) ? name : "without a code"}`),
	);
}

/** The error of a call without an answer. */
export function unansweredError(thrown: unknown, action: StorageAction): UploadError {
	// the message of fetch may have the URL; its own cause is the error of the socket
	const { name, cause } = thrown as Error;
	return uploadError(busy, action, cause instanceof Error ? cause : new Error(name));
}

function uploadError({ code, message, reason }: Meaning, action: StorageAction, cause: Error) {
	const sentence = `Could not ${action}. ${message}`;
	return new UploadError(code, sentence, {
		cause,
		reason: reason ?? sentence,
		...(code === "storage-unavailable" ? { retryAfter: 1 } : {}),
	});
}

function meaningOf({ name, status, skew }: Refusal, action: StorageAction): Meaning {
	if (status === 403 && Math.abs(skew) > suspectSkew) {
		const minutes = Math.round(Math.abs(skew) / 60);
		return broken(
			`The server's clock is ${minutes} minutes ${skew > 0 ? "ahead of" : "behind"} the storage's, so the storage refuses its signatures. Set the server's clock (NTP).`,
		);
	}
	// the source of a copy is named in a header, so its absence has a status of its own
	if (name === "CannotVerifyCopySource" && status < 500) {
		return status === 404 ? noObject : sourceDenied;
	}
	const known = Object.hasOwn(byName, name) ? byName[name] : undefined;
	if (known) return known;
	if (status === 403 || status === 401) return unauthenticated;
	if (status === 404) return noObject;
	if (status === 412) return competing;
	if (status === 408 || status === 429 || status >= 500) return busy;
	if (status < 300) {
		// the upload may be complete nevertheless: the next attempt looks
		if (action === "complete the upload") return busy;
		return broken(
			"Something other than the storage answered, a web page. Check the option endpoint of azureProvider, and the proxies in front of it.",
		);
	}
	return broken(
		`The storage answered ${/^\w{3,64}$/.test(name) ? `${name} (${status})` : status}.`,
	);
}

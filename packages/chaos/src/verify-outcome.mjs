// Whether an upload ended correctly, by the logs of the proxies and what the storage holds.
import { concurrentWrite, failedCondition, removedUpload } from "./backend.mjs";
import { isMultipart } from "./upload-specs.mjs";

/**
 * Describes what is wrong with the outcome of an upload; undefined when it is correct.
 *
 * @param {object} upload
 * @param {import("./upload-specs.mjs").UploadSpec} upload.spec
 * @param {{ result?: object, error?: Error, interruptions?: number }} upload.outcome
 * @param {"own" | "none" | "other"} upload.stored what the key holds
 * @param {readonly object[]} upload.requests of this upload, in order
 * @param {object} backend
 * @param {readonly object[]} backend.faults
 * @param {boolean} backend.tellsEtag as of its storage
 */
export function findProblem({ spec, outcome, stored, requests }, { faults, tellsEtag }) {
	const { result, error, interruptions } = outcome;
	const overtaken = requests.some(({ fault }) => fault === concurrentWrite);
	if (stored === "other" && !overtaken) return "the object has other bytes";
	if (result) {
		if (stored !== "own") return "false success: the file is not stored";
		const isComplete = result.etag !== undefined || (isMultipart(spec) && !tellsEtag);
		if (isComplete && describesFile(spec, result)) return undefined;
		return "the result does not describe the file";
	}
	if (stored === "own" && interruptions && completedUnseen(error, requests)) return undefined;
	if (stored === "own") return `false failure (${error.code}): the file is stored`;
	if (error.code === "already-exists" && stored === "none") {
		return "already-exists, but there is no object";
	}
	return isJustified(error.code, requests, faults) || wasUnavailable(error, requests)
		? undefined
		: `failed with ${error.code} for no reason`;
}

/** The upload completed just as its page was reloaded; the upload that began anew finds the object. */
export const completedUnseen = ({ code }, requests) =>
	code === "already-exists" &&
	requests.some(({ operation, status }) => operation === "complete" && status === 200);

const describesFile = ({ key, size, rule }, result) =>
	result.key === key &&
	result.size === size &&
	(rule !== "confirmed" || result.data?.size === size);

/** Whether faults with this failure have hit often enough. */
function isJustified(code, requests, faults) {
	const failures = new Map(
		faults.flatMap(({ name, failure }) =>
			[failure?.code].flat().includes(code) ? [[name, failure]] : [],
		),
	);
	const isHit = ({ fault }) => failures.has(fault);
	for (const [name, { hits }] of failures) {
		const groups =
			name === removedUpload || name === failedCondition
				? [requests]
				: Object.values(Object.groupBy(requests, (one) => `${one.operation} ${one.partNumber}`));
		// an expired URL is replaced once, so only consecutive refusals end an upload
		const count = code === "forbidden" ? longestRun : countHits;
		if (groups.some((group) => count(group, isHit) >= hits)) return true;
	}
	return false;
}

/** Calls that the handler gave up while the storage still worked on them, after which an upload may fail. */
const tooManyGivenUp = 5;

/** Whether an upload failed because the storage of a busy machine took longer than the handler may wait. */
const wasUnavailable = ({ code }, requests) =>
	code === "storage-unavailable" &&
	requests.filter(
		({ operation, fault, targetStatus, status }) =>
			!/^(Upload|Put)/.test(operation) && !fault && targetStatus < 300 && status === undefined,
	).length >= tooManyGivenUp;

const countHits = (list, isHit) => list.filter(isHit).length;

function longestRun(list, isHit) {
	let longest = 0;
	let run = 0;
	for (const item of list) {
		run = isHit(item) ? run + 1 : 0;
		longest = Math.max(longest, run);
	}
	return longest;
}

/** How many multipart uploads must be left over: those whose create response was lost. */
export function countLostCreates(spec, requests, createOperations) {
	if (!isMultipart(spec)) return 0;
	return requests.filter(
		({ operation, targetStatus, status }) =>
			createOperations.includes(operation) &&
			(targetStatus === 200 || targetStatus === 201) &&
			status !== targetStatus,
	).length;
}

/** Whether an upload failed in a way that another login or right, or time, may mend: its parts stay. */
export const keepsParts = ({ error }) => ["forbidden", "storage-unavailable"].includes(error?.code);

/**
 * Whether an upload failed, and a fault or a storage that was too slow kept every call that aborts it from coming through
 * in the ten seconds that it takes for that.
 */
export function lostAbort({ error }, requests) {
	const aborts = requests.filter(({ operation }) => operation === "abort");
	const isLost = ({ fault, targetStatus }) =>
		targetStatus !== 204 && (fault || targetStatus === undefined || targetStatus === 503);
	return Boolean(error) && aborts.length > 0 && aborts.every(isLost);
}

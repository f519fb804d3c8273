// Whether an upload ended as it should, by what the proxies saw and what the storage has.
import { anotherWriter, sweptUpload } from "./start-backend.mjs";
import { goesInParts } from "./upload-specs.mjs";

/**
 * What is wrong with the end of an upload; undefined when nothing is.
 *
 * @param {import("./upload-specs.mjs").Errand} errand
 * @param {{ result?: object, error?: Error, interruptions?: number }} end
 * @param {"own" | "none" | "other"} stored what stands at its key
 * @param {readonly object[]} requests all of this upload, in order
 * @param {readonly object[]} faults
 */
export function findWrong(errand, { result, error, interruptions }, stored, requests, faults) {
	const overtaken = requests.some(({ fault }) => fault === anotherWriter);
	if (stored === "other" && !overtaken) return "the object has other bytes";
	if (result) {
		if (stored !== "own") return "false success: the file is not stored";
		return describesFile(errand, result) ? undefined : "the result is not that of the file";
	}
	if (stored === "own" && interruptions && endedUnheard(error, requests)) return undefined;
	if (stored === "own") return `false failure (${error.code}): the file is stored`;
	if (error.code === "already-exists" && stored === "none") {
		return "already-exists, and nothing does";
	}
	return isJustified(error.code, requests, faults)
		? undefined
		: `failed with ${error.code} for no reason`;
}

/** It was at its end when its page was reloaded, and whoever began it anew is told that the object is there. */
export const endedUnheard = ({ code }, requests) =>
	code === "already-exists" &&
	requests.some(({ operation, status }) => operation === "complete" && status === 200);

const describesFile = ({ key, size, rule }, result) =>
	result.key === key &&
	result.size === size &&
	result.etag !== undefined &&
	(rule !== "confirmed" || result.data?.size === size);

/** Whether faults that end so have hit often enough. */
function isJustified(code, requests, faults) {
	const names = new Map(
		faults.flatMap(({ name, failure }) => (failure?.code === code ? [[name, failure]] : [])),
	);
	const isHit = ({ fault }) => names.has(fault);
	for (const [name, { hits }] of names) {
		const groups =
			name === sweptUpload
				? [requests]
				: Object.values(Object.groupBy(requests, (one) => `${one.operation} ${one.partNumber}`));
		// a refusal counts only right after another; what else is wrong stays wrong
		const count = code === "forbidden" ? longestRun : countHits;
		if (groups.some((group) => count(group, isHit) >= hits)) return true;
	}
	return false;
}

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

/** How many multipart uploads stay behind: those that a create began whose answer was lost, so that nobody knew of them. */
export function countLostCreates(errand, requests) {
	if (!goesInParts(errand)) return 0;
	return requests.filter(
		({ operation, targetStatus, status }) =>
			(operation === "CreateMultipartUpload" && targetStatus === 200 && status !== 200) ||
			(operation === "create" && targetStatus === 201 && status !== 201),
	).length;
}

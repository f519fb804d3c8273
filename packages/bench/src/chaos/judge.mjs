// Whether an upload ended as it should, by what the proxies saw and what the storage has.
import { goesInParts } from "./errands.mjs";

/**
 * What is wrong with the end of an upload; undefined when nothing is.
 *
 * @param {import("./errands.mjs").Errand} errand
 * @param {{ result?: object, error?: Error }} end
 * @param {"own" | "none" | "other"} stored what stands at its key
 * @param {readonly object[]} requests all of this upload, in order
 * @param {readonly object[]} faults
 */
export function findFault(errand, { result, error }, stored, requests, faults) {
	if (result) {
		if (stored !== "own") return `false success: what is stored is ${stored}`;
		const { key, size } = errand;
		if (result.key !== key || result.size !== size) return "the result is not that of the file";
		if (errand.rule === "confirmed" && result.data?.size !== size) {
			return "onComplete's data is missing";
		}
		return undefined;
	}
	if (stored === "own") return `false failure (${error.code}): the file is stored`;
	if (!isJustified(error.code, requests, faults)) return `failed with ${error.code} for no reason`;
	return undefined;
}

/** Whether a fault that ends so has hit the same request often enough. */
function isJustified(code, requests, faults) {
	return faults.some(({ name, ends }) => {
		if (ends?.code !== code) return false;
		// any of the faults that mean the same counts
		const hit = ({ fault }) =>
			faults.some((some) => some.name === fault && some.ends?.code === code);
		if (name === "swept upload") return requests.filter(hit).length >= ends.hits;
		return Object.values(
			Object.groupBy(requests, ({ operation, partNumber }) => `${operation} ${partNumber}`),
		).some(
			// a refusal counts only right after another; what else is wrong stays wrong
			(same) =>
				(code === "forbidden" ? longestRun(same, hit) : same.filter(hit).length) >= ends.hits,
		);
	});
}

function longestRun(list, test) {
	let longest = 0;
	let run = 0;
	for (const item of list) {
		run = test(item) ? run + 1 : 0;
		longest = Math.max(longest, run);
	}
	return longest;
}

/** How many multipart uploads may stay behind: those that a create began whose answer was lost, so that nobody knew of them. */
export function countLostCreates(errand, requests) {
	if (!goesInParts(errand)) return 0;
	return requests.filter(
		({ operation, targetStatus, status }) =>
			(operation === "CreateMultipartUpload" && targetStatus === 200 && status !== 200) ||
			(operation === "create" && targetStatus === 201 && status !== 201),
	).length;
}

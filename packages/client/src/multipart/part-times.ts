/** How much longer the times of one step are than those of the step before. */
const ratio = 1.05;

/** How long the stored parts took; memory does not grow with their number. */
export interface PartTimes {
	readonly add: (milliseconds: number) => void;
	/** @returns milliseconds that half of the parts took at most, and 99 of 100, at most 5% too many */
	readonly read: () => { readonly median: number; readonly p99: number } | undefined;
}

export function createPartTimes(): PartTimes {
	/** How many parts took which time, by the logarithm of it. */
	const counts: number[] = [];
	let total = 0;
	const quantile = (share: number): number => {
		let left = Math.ceil(total * share);
		const step = counts.findIndex((count = 0) => {
			left -= count;
			return left <= 0;
		});
		return Math.round(ratio ** step);
	};
	return {
		add(milliseconds) {
			const step = Math.max(0, Math.ceil(Math.log(milliseconds) / Math.log(ratio)));
			counts[step] = (counts[step] ?? 0) + 1;
			total++;
		},
		read: () => (total > 0 ? { median: quantile(0.5), p99: quantile(0.99) } : undefined),
	};
}

/** Seconds before its expiry from which a URL is not used, so that it doesn't expire in transit. */
const margin = (expiresIn: number): number => Math.min(30, expiresIn / 10);

/** How long a signed URL is still valid. */
export interface ValidityTimer {
	/** Whether an attempt may begin. */
	readonly usable: () => boolean;
	/** Whether to fetch the next URL. */
	readonly ending: () => boolean;
}

/**
 * Counts down from the receipt of a URL that lives `expiresIn` seconds, by the clock that advanced more: the
 * monotonic one may stop during sleep, and the wall clock may be set back.
 */
export function startValidityTimer(expiresIn: number): ValidityTimer {
	const monotonic = performance.now();
	const wall = Date.now();
	const left = (): number =>
		expiresIn - Math.max(performance.now() - monotonic, Date.now() - wall) / 1000;
	return {
		usable: () => left() > margin(expiresIn),
		ending: () => left() < 2 * margin(expiresIn),
	};
}

/** Seconds before its expiry at which a URL is no longer used, so that none expires on the way to the storage. */
const margin = (expiresIn: number): number => Math.min(30, expiresIn / 10);

/** How long a signed URL is still valid. */
export interface ValidityTimer {
	/** An attempt may begin. */
	readonly usable: () => boolean;
	/** It is time to fetch the next one. */
	readonly ending: () => boolean;
}

/**
 * Counts down from the receipt of a URL that lives `expiresIn` seconds, by whichever clock went further: the
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

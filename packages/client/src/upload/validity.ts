/** The part of a URL's life that is kept back, so that none runs out between here and the storage. */
const margin = (expiresIn: number): number => Math.min(30, expiresIn / 10);

/** How long something signed is still good for. */
export interface Validity {
	/** An attempt may begin. */
	readonly usable: () => boolean;
	/** Time to fetch the next one. */
	readonly ending: () => boolean;
}

/**
 * Counts down from the receipt of something that lives `expiresIn` seconds, by whichever clock went
 * further: so neither a sleep, through which the monotonic one may stand still, nor a wall clock set
 * back makes an old URL look fresh.
 */
export function startValidity(expiresIn: number): Validity {
	const monotonic = performance.now();
	const wall = Date.now();
	const left = (): number =>
		expiresIn - Math.max(performance.now() - monotonic, Date.now() - wall) / 1000;
	return {
		usable: () => left() > margin(expiresIn),
		ending: () => left() < 2 * margin(expiresIn),
	};
}

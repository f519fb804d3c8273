/** The part of a URL's life that is kept back, so that none runs out between here and the storage. */
const margin = (expiresIn: number): number => Math.min(30, expiresIn / 10);

/** How long something signed is still good for. */
export interface Validity {
	/** An attempt may begin. */
	readonly usable: () => boolean;
	/** Time to fetch the next one. */
	readonly ending: () => boolean;
}

export interface Clocks {
	/** Milliseconds, monotonic; may stand still while the machine sleeps. */
	readonly monotonic: () => number;
	/** Milliseconds since the epoch; may be set. */
	readonly wall: () => number;
}

const runtimeClocks: Clocks = { monotonic: () => performance.now(), wall: () => Date.now() };

/**
 * Counts down from the receipt of something that lives `expiresIn` seconds, by whichever clock went
 * further: so neither a sleep nor a clock set back makes an old URL look fresh.
 */
export function startValidity(expiresIn: number, clocks: Clocks = runtimeClocks): Validity {
	const monotonic = clocks.monotonic();
	const wall = clocks.wall();
	const left = (): number =>
		expiresIn - Math.max(clocks.monotonic() - monotonic, clocks.wall() - wall) / 1000;
	return {
		usable: () => left() > margin(expiresIn),
		ending: () => left() < 2 * margin(expiresIn),
	};
}

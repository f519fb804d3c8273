import { type LookupAddress, type LookupOptions, lookup as resolveHost } from "node:dns";

/** Milliseconds for which an address that failed comes after the others. */
const restTime = 60_000;

type LookupCallback = (
	error: NodeJS.ErrnoException | null,
	address: string | LookupAddress[],
	family?: number,
) => void;

/** The `lookup` option of connections. */
export type Lookup = (host: string, options: LookupOptions, callback: LookupCallback) => void;

/** Chooses among the addresses of a host. */
export interface Addresses {
	readonly lookup: Lookup;
	/** Reports that an address did not respond. */
	readonly failed: (address: string) => void;
}

/**
 * Lets the connections to a host take its addresses in turn, those of the family that the system prefers. One that
 * failed is tried last for a minute.
 *
 * @param resolve the `lookup` of `node:dns`
 * @param now milliseconds, monotonic
 */
export function createAddresses(
	resolve: (
		host: string,
		options: LookupOptions & { readonly all: true },
		callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
	) => void = (...call) => resolveHost(...call), // a program may replace it later
	now: () => number = () => performance.now(),
): Addresses {
	const failedAt = new Map<string, number>();
	/** The next turn of each host. */
	const turns = new Map<string, number>();
	const isResting = ({ address }: LookupAddress): boolean =>
		now() - (failedAt.get(address) ?? -Infinity) < restTime;
	const order = (host: string, found: readonly LookupAddress[]): LookupAddress[] => {
		const preferred = found.filter(({ family }) => family === found[0]?.family);
		const turn = turns.get(host) ?? 0;
		turns.set(host, turn + 1);
		const first = turn % Math.max(1, preferred.length);
		const turned = [...preferred.slice(first), ...preferred.slice(0, first)];
		const all = [...turned, ...found.filter((one) => !preferred.includes(one))];
		return [...all.filter((one) => !isResting(one)), ...all.filter(isResting)];
	};
	return {
		lookup(host, options, callback) {
			resolve(host, { ...options, all: true }, (error, found) => {
				// a resolver that replaces Node's may answer nothing
				const [first, ...rest] = error ? [] : order(host, found);
				if (!first) callback(error, options.all ? [] : "", 0);
				else if (options.all) callback(null, [first, ...rest]);
				else callback(null, first.address, first.family);
			});
		},
		failed(address) {
			for (const [known, at] of failedAt) if (now() - at >= restTime) failedAt.delete(known);
			failedAt.set(address, now());
		},
	};
}

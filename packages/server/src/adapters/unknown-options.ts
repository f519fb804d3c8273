/** Refuses names that no option has, so that a typing error is not a default. */
export function refuseUnknownOptions(options: object, known: readonly string[]): void {
	for (const name of Object.keys(options)) {
		if (known.includes(name)) continue;
		throw new TypeError(`Unknown option "${name}"; known are ${known.join(", ")}`);
	}
}

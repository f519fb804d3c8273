/**
 * Refuses what is no object, and unknown names, which would have no effect.
 *
 * @param what the function that takes the options, such as `startS3Server()`
 * @param known every option, as the compiler checks
 * @throws TypeError that lists the known ones
 */
export function checkOptions(
	what: string,
	options: object,
	known: Readonly<Record<string, true>>,
): void {
	// callers without TypeScript may pass anything
	const given: unknown = options;
	const names = Object.keys(known).join(", ");
	if (typeof given !== "object" || given === null || Array.isArray(given)) {
		const kind = Array.isArray(given) ? "a list" : given === null ? "null" : typeof given;
		throw new TypeError(`${what} takes an object with these options, not ${kind}: ${names}.`);
	}
	for (const name of Object.keys(given)) {
		if (Object.hasOwn(known, name)) continue;
		throw new TypeError(`Unknown option "${name}" of ${what}. Known are: ${names}.`);
	}
}

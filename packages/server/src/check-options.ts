/**
 * Refuses unknown names: a misspelt option would silently have no effect. Also refuses what is no object.
 *
 * @param what - What the names are, for the message.
 * @throws TypeError that lists the known ones.
 */
export function refuseUnknownOptions(
	options: object,
	known: readonly string[],
	what = "option",
): void {
	const list = `Known ${known.length === 1 ? "is" : "are"}: ${known.join(", ")}.`;
	// callers without TypeScript may pass anything
	const given: unknown = options;
	if (typeof given !== "object" || given === null || Array.isArray(given)) {
		const kind = Array.isArray(given) ? "a list" : given === null ? "null" : typeof given;
		throw new TypeError(`Expected an object with each ${what}, not ${kind}. ${list}`);
	}
	for (const name of Object.keys(options)) {
		if (known.includes(name)) continue;
		throw new TypeError(`Unknown ${what} "${name}". ${list}`);
	}
}

/** Refuses what is not the result of `defineUploads`. @throws TypeError */
export function requireUploads(uploads: { readonly rules: unknown } | undefined): void {
	if (Array.isArray(uploads?.rules)) return;
	throw new TypeError("uploads must be the table that defineUploads(...) made.");
}

/** Refuses an option that is neither absent nor a function. @throws TypeError */
export function requireFunction(name: string, value: unknown): void {
	if (value === undefined || typeof value === "function") return;
	throw new TypeError(`${name} must be a function, not ${typeof value}.`);
}

/** The methods of options that are objects of the app's own. */
const methods = {
	completions: ["begin", "finish", "release"],
	outcomes: ["find", "begin", "finish", "release"],
	rateLimit: ["take"],
	quota: ["reserve", "commit", "release"],
	log: ["error", "warn", "info"],
} as const;

/** Refuses objects without the methods that are called. @throws TypeError */
export function requireMethods(
	options: Readonly<Partial<Record<keyof typeof methods, object | undefined>>>,
): void {
	for (const name of Object.keys(methods) as (keyof typeof methods)[]) {
		const option = options[name];
		for (const method of option === undefined ? [] : methods[name]) {
			if (typeof Reflect.get(Object(option), method) === "function") continue;
			throw new TypeError(`${name}.${method} must be a function.`);
		}
	}
}

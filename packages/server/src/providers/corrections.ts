import type { CapabilityCorrections, ProviderCapabilities } from "../capabilities.js";

/** Applies corrections to capabilities, entry by entry. */
export function correctCapabilities(
	capabilities: ProviderCapabilities,
	corrections: CapabilityCorrections,
): ProviderCapabilities {
	const corrected: Record<string, unknown> = { ...capabilities };
	for (const [section, entries] of Object.entries(corrections)) {
		if (entries === undefined) continue;
		corrected[section] =
			typeof entries !== "object"
				? entries
				: { ...(corrected[section] as object), ...withoutUndefined(entries) };
	}
	return corrected as unknown as ProviderCapabilities;
}

const withoutUndefined = (entries: object): object =>
	Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));

/** The capabilities that are one of two words. */
const words = {
	unsignedHeaders: ["refused", "accepted"],
	partUrl: ["part", "object"],
	metadataNames: ["any", "identifiers"],
} as const;

/** Validates corrections from callers without TypeScript: one sentence per wrong entry. */
export function problemsOfCorrections(
	capabilities: ProviderCapabilities,
	corrections: object,
): string[] {
	const known: Readonly<Record<string, unknown>> = { ...capabilities };
	const problems: string[] = [];
	for (const [section, entries] of Object.entries(corrections)) {
		const place = `capabilities.${section}`;
		if (!Object.hasOwn(known, section)) problems.push(`${place}: there is no such capability`);
		else if (entries === undefined || (section === "multipart" && entries === false)) continue;
		else if (typeof known[section] === "boolean") {
			if (typeof entries !== "boolean") problems.push(`${place}: must be true or false`);
		} else if (Object.hasOwn(words, section)) {
			const [first, second] = words[section as keyof typeof words];
			if (entries !== first && entries !== second)
				problems.push(`${place}: must be "${first}" or "${second}"`);
		} else if (typeof entries !== "object" || entries === null)
			problems.push(`${place}: must be an object`);
		else problems.push(...problemsOfSection(place, known[section] as object, entries as object));
	}
	return problems;
}

function problemsOfSection(place: string, known: object, entries: object): string[] {
	const models: Readonly<Record<string, unknown>> = { ...known };
	return Object.entries(entries).flatMap(([name, value]) => {
		if (!Object.hasOwn(models, name)) return [`${place}.${name}: there is no such capability`];
		const wanted = kindOf(models[name]);
		return value === undefined || kindOf(value) === wanted
			? []
			: [`${place}.${name}: must be a ${wanted}`];
	});
}

const kindOf = (value: unknown): string => (Array.isArray(value) ? "list" : typeof value);

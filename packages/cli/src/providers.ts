import type { CompiledRule, PresignProvider, Uploads } from "@skyput/server";
import { CommandError, usageError } from "./errors.js";

/** The name of a rule's provider. */
const providerOf = ({ provider = "default" }: CompiledRule): string => provider;

/**
 * The rules of one bucket.
 *
 * @param provider - Its name; needed where the table names several.
 * @throws CommandError `invalid-usage` for a provider that no rule uses, or none of several;
 * `uploads-invalid` for a table without rules.
 */
export function rulesOf({ rules }: Uploads, provider: string | undefined): readonly CompiledRule[] {
	if (rules.length === 0) {
		throw new CommandError(
			"uploads-invalid",
			"the table has no rules, so there is nothing to allow. Add a rule to it.",
		);
	}
	const names = [...new Set(rules.map(providerOf))];
	if (provider === undefined && names.length > 1) {
		throw usageError(
			`the rules use ${names.length} providers, each with its own bucket: ${names.join(", ")}. Choose one with --provider.`,
		);
	}
	const found = rules.filter((rule) => providerOf(rule) === (provider ?? names[0]));
	if (found.length > 0) return found;
	throw usageError(`no rule uses the provider "${provider}". Choose one of ${names.join(", ")}.`);
}

/** One provider under each name that the rules have, as handlers take them. */
export const providerForAll = (
	{ rules }: Uploads,
	provider: PresignProvider,
): Readonly<Record<string, PresignProvider>> =>
	Object.fromEntries(rules.map((rule) => [providerOf(rule), provider]));

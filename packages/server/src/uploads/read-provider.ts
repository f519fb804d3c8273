import { UploadError } from "../errors.js";
import type { HookCall } from "../hooks.js";
import type { PresignProvider } from "../provider.js";
import { checkProvider } from "./check-provider.js";
import type { CompiledRule } from "./compile-rule.js";
import type { Uploads } from "./define-uploads.js";

/** A call that needs a storage: authorized, or with a token of the caller's own. */
export interface ProviderCall extends HookCall {
	/** The key of the call, normalised: the one that the client asked for. */
	readonly requestedKey: string;
	/** The `:name` and `*name` segments of the key. */
	readonly params: Readonly<Record<string, string>>;
	/** The rule's option `provider`. */
	readonly provider?: string | undefined;
}

/** One storage for all rules, several by name, or a function that returns the storage of a call. */
export type ProviderOption =
	| PresignProvider
	| Readonly<Record<string, PresignProvider>>
	| ((call: ProviderCall) => PresignProvider | Promise<PresignProvider>);

/** The storages of a handler. */
export interface Providers {
	/** Whether a function chooses, so that one key of two callers may be in two storages. */
	readonly byCall: boolean;
	/** Returns the storage of a call. @throws UploadError `internal`, and what the user's function throws. */
	choose(
		rule: CompiledRule,
		call: Omit<ProviderCall, "provider">,
	): PresignProvider | Promise<PresignProvider>;
}

/** The name in a record for rules that name no provider. */
const defaultName = "default";

const wanted =
	"a storage such as s3Provider({ bucket }), an object of named ones, or a function that returns one";

const isProvider = (value: unknown): value is PresignProvider =>
	typeof (value as Partial<PresignProvider> | null | undefined)?.signUpload === "function";

/** The entry of a record that a rule uses. @throws TypeError that names the rule. */
function entryOf(
	{ pattern, provider = defaultName }: CompiledRule,
	names: readonly string[],
): string {
	if (names.includes(provider)) return provider;
	const problem =
		provider === defaultName
			? `names no provider, and there is none called "${defaultName}"`
			: `names the provider "${provider}", which does not exist`;
	throw new TypeError(
		`The rule "${pattern.source}" ${problem}. The option provider has: ${names.join(", ")}.`,
	);
}

/** Checks each named storage against the rules that use it. */
function chooseByName(
	uploads: Uploads,
	providers: Readonly<Record<string, unknown>>,
	options: { readonly post: boolean },
): Providers["choose"] {
	const names = Object.keys(providers);
	const users = uploads.rules.map((rule) => [entryOf(rule, names), rule] as const);
	const byName = new Map<string, PresignProvider>();
	for (const name of names) {
		const provider = providers[name];
		if (!isProvider(provider)) {
			throw new TypeError(`provider.${name} must be a storage such as s3Provider({ bucket }).`);
		}
		const rules = users.flatMap(([user, rule]) => (user === name ? [rule] : []));
		try {
			checkProvider({ rules }, provider, options);
		} catch (cause) {
			throw new TypeError(`provider.${name}: ${(cause as Error).message}`, { cause });
		}
		byName.set(name, provider);
	}
	return ({ provider = defaultName }) => byName.get(provider) as PresignProvider;
}

/** Checks each storage that a user's function returns, at its first use, against the rules that may use it. */
function chooseByCall(
	uploads: Uploads,
	choose: (call: ProviderCall) => unknown,
	options: { readonly post: boolean },
): Providers["choose"] {
	const checked = new WeakMap<PresignProvider, Set<string | undefined>>();
	return async ({ pattern, provider: name }, call) => {
		const wrong = (reason: string, cause?: unknown): UploadError =>
			new UploadError("internal", "The server found no storage for this call.", {
				cause,
				reason: `provider() for a key of "${pattern.source}" returned ${reason}`,
			});
		const chosen = await choose({ ...call, provider: name });
		if (!isProvider(chosen)) {
			throw wrong(
				`${chosen === null ? "null" : typeof chosen}, not a storage; throw an UploadError, such as "forbidden", to refuse a call`,
			);
		}
		const names = checked.get(chosen) ?? new Set();
		if (names.has(name)) return chosen;
		try {
			const rules = uploads.rules.filter((rule) => rule.provider === name);
			checkProvider({ rules }, chosen, options);
		} catch (cause) {
			throw wrong(`a storage that cannot serve the rules. ${(cause as Error).message}`, cause);
		}
		checked.set(chosen, names.add(name));
		return chosen;
	};
}

/**
 * Checks the option `provider`.
 *
 * @param options - `post`: whether multipart uploads are served.
 * @returns The storages, and how one is chosen.
 * @throws TypeError for a storage that cannot enforce a rule, and for a rule whose storage does not exist.
 */
export function readProvider(
	uploads: Uploads,
	provider: unknown,
	options: { readonly post: boolean },
): Providers {
	if (typeof provider === "function") {
		const choose = chooseByCall(uploads, provider as (call: ProviderCall) => unknown, options);
		return { byCall: true, choose };
	}
	if (isProvider(provider)) {
		const named = uploads.rules.find((rule) => rule.provider !== undefined);
		if (named) {
			throw new TypeError(
				`The rule "${named.pattern.source}" names the provider "${named.provider}", but the option provider is a single one. Pass an object: provider: { ${named.provider}: s3Provider(...), ${defaultName}: s3Provider(...) }.`,
			);
		}
		checkProvider(uploads, provider, options);
		return { byCall: false, choose: () => provider };
	}
	if (typeof provider !== "object" || provider === null || Object.keys(provider).length === 0) {
		throw new TypeError(`provider must be ${wanted}.`);
	}
	const choose = chooseByName(uploads, provider as Readonly<Record<string, unknown>>, options);
	return { byCall: false, choose };
}

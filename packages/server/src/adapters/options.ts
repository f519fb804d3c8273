import type { Audit } from "../audit-event.js";
import {
	refuseUnknownOptions,
	requireFunction,
	requireMethods,
	requireUploads,
} from "../check-options.js";
import type { CompletionStore } from "../completions.js";
import { defaultProblemTypeBase } from "../errors.js";
import { type Hooks, type Log, writeLog } from "../hooks.js";
import type { Quota } from "../limits/quota.js";
import type { RateLimit } from "../limits/rate-limit.js";
import type { OperationContext } from "../operations/operation.js";
import type { OutcomeStore } from "../outcomes.js";
import { type ProofKey, readProofKey } from "../sign-proof.js";
import { createTokenSealer, readTokenSecret, type TokenSecret } from "../token.js";
import type { Uploads } from "../uploads/define-uploads.js";
import { type ProviderOption, readProvider } from "../uploads/read-provider.js";
import {
	allowsOrigin,
	type CorsOptions,
	corsOptionNames,
	createCors,
	type Middleware,
} from "./cors.js";

/** The options that all adapters share. */
export interface HandlerOptions {
	/** The table that `defineUploads` made. */
	readonly uploads: Uploads;
	/**
	 * The storage, such as `s3Provider({ bucket })`; or several by name, of which a rule's `provider` names one
	 * (without it, the one called `default`); or a function of the call, for a bucket per tenant.
	 *
	 * The function runs after `authorize`, and for every later call of an upload. It should return the same object
	 * for the same tenant: each is checked against the rules at its first use. It may throw an `UploadError` to
	 * refuse the call.
	 */
	readonly provider: ProviderOption;
	/**
	 * Signs the tokens that hold the state of an upload: at least 32 bytes in UTF-8, from
	 * `openssl rand -base64 32`. `[current, previous]` during rotation; an undefined or empty previous one is
	 * ignored. `false`: plain URLs only (`GET ?key=`), and POST answers 501. Handlers of different tables need different
	 * secrets: a token names its rule by the pattern.
	 */
	readonly tokenSecret: TokenSecret;
	/** Which web pages may call. @default none */
	readonly cors?: CorsOptions | undefined;
	/** Functions of your own before and after every call. @default none */
	readonly hooks?: Hooks | undefined;
	/** Limits how often callers call, such as `memoryRateLimit(...)`. @default none */
	readonly rateLimit?: RateLimit | undefined;
	/** Limits how much callers store, such as `memoryQuota(...)`. @default none */
	readonly quota?: Quota | undefined;
	/** Receives what was issued, refused and completed, such as `jsonAudit()`. @default none */
	readonly audit?: Audit | undefined;
	/** Where log lines go, one JSON object each. @default console */
	readonly log?: Log | undefined;
	/**
	 * Lets one call at a time run `onComplete` and keeps its result, so that repeats answer the same.
	 *
	 * @default `onComplete` may run several times, also concurrently
	 */
	readonly completions?: CompletionStore | undefined;
	/**
	 * How files of rules with `quarantine` were processed: the store that `createObjectHandler` has too.
	 *
	 * @default small objects below `.skyput/verdicts/` in the storage
	 */
	readonly outcomes?: OutcomeStore | undefined;
	/**
	 * An Ed25519 private key: `complete` then also returns a signed `proof` of what was stored, for
	 * `verifyProof` of `@skyput/server/proof`. Single uploads are completed too. @default no proof
	 */
	readonly proofKey?: ProofKey | undefined;
	/**
	 * Begins the `type` of every error (RFC 9457): an absolute URL that the code is appended to, such as
	 * `https://docs.example.com/errors/`.
	 *
	 * @default "https://skyput.dev/errors/"
	 */
	readonly problemTypeBase?: string | undefined;
}

const optionNames: readonly (keyof HandlerOptions | "principal")[] = [
	"uploads",
	"provider",
	"principal",
	"tokenSecret",
	"cors",
	"hooks",
	"rateLimit",
	"quota",
	"audit",
	"log",
	"completions",
	"outcomes",
	"proofKey",
	"problemTypeBase",
];

function checkHooks(hooks: Hooks): void {
	refuseUnknownOptions(hooks, ["before", "after"], "hook");
	for (const [name, hook] of Object.entries(hooks)) requireFunction(`hooks.${name}`, hook);
}

/** Where callers are looked for. */
function describePrincipal(principal: unknown): string {
	if (principal === undefined) return "the handler has no option principal";
	const { reads } = principal as { readonly reads?: string };
	return reads === undefined
		? "the option principal returned null; does it read what the login or authorizer sets?"
		: `${reads} is empty; is the authorizer on this route, and of this kind?`;
}

/** A signed upload URL that has not expired is good again once its object is deleted. */
function warnOfDelete({ rules }: Uploads, log: Log): void {
	const clientNamed = rules.filter((rule) => rule.authorizeDelete && !rule.key && !rule.overwrite);
	if (clientNamed.length === 0) return;
	const patterns = clientNamed.map(({ pattern }) => `"${pattern.source}"`).join(", ");
	writeLog(log, "warn", {
		reason: `authorizeDelete of ${patterns}: whoever still holds an upload URL of a deleted key can store there again until it expires. Keep expiresIn short, or let the server make the keys (key: ...).`,
	});
}

/**
 * Checks the options that all adapters share, once, when a handler is made.
 *
 * @throws TypeError that says what is wrong.
 */
export function createContext(
	options: HandlerOptions & { readonly principal?: unknown },
): OperationContext & { readonly cors: Middleware } {
	refuseUnknownOptions(options, optionNames);
	const { uploads, provider, completions, outcomes, rateLimit, quota, audit } = options;
	const { hooks = {}, log = console } = options;
	const { problemTypeBase = defaultProblemTypeBase } = options;
	// callers without TypeScript may pass anything
	requireUploads(uploads);
	checkHooks(hooks);
	requireFunction("principal", options.principal);
	requireFunction("audit", audit);
	requireMethods({ completions, outcomes, rateLimit, quota, log: options.log });
	if (!/^https?:$/.test(URL.parse(problemTypeBase)?.protocol ?? "")) {
		throw new TypeError(
			`problemTypeBase must be an absolute URL such as https://docs.example.com/errors/, not ${JSON.stringify(problemTypeBase)}.`,
		);
	}
	if (options.cors) refuseUnknownOptions(options.cors, corsOptionNames, "option of cors");
	const cors = options.cors ? createCors(options.cors) : {};
	const secrets = readTokenSecret(options.tokenSecret);
	const sealer = secrets && createTokenSealer(secrets);
	const needsComplete = (["quota", "proofKey", "completions"] as const).find(
		(name) => options[name] !== undefined,
	);
	if (needsComplete && !sealer) {
		throw new TypeError(
			`${needsComplete} needs a tokenSecret: plain URLs are never completed, so they are not counted, not proven, and run no onComplete.`,
		);
	}
	const providers = readProvider(uploads, provider, { post: sealer !== null });
	warnOfDelete(uploads, log);
	return {
		uploads,
		providers,
		sealer,
		allowsOrigin: (origin) => allowsOrigin(cors, origin),
		cors,
		hooks,
		rateLimit,
		quota,
		audit,
		log,
		completions,
		outcomes,
		signProof: readProofKey(options.proofKey),
		problemTypeBase,
		principalSource: describePrincipal(options.principal),
	};
}

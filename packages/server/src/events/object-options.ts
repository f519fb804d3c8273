import type { Audit } from "../audit-event.js";
import {
	refuseUnknownOptions,
	requireFunction,
	requireMethods,
	requireUploads,
} from "../check-options.js";
import { type Log, writeLog } from "../hooks.js";
import type { Quota } from "../limits/quota.js";
import type { OutcomeStore } from "../outcomes.js";
import type { PresignProvider } from "../provider.js";
import { checkProvider } from "../uploads/check-provider.js";
import type { Uploads } from "../uploads/define-uploads.js";
import { keepsVerdicts, verdictObjects } from "../verdict-objects.js";
import type { ForObject, ObjectContext, RejectedAction } from "./object-context.js";
import type { ObjectEvent } from "./object-event.js";
import type { Step, VerdictRules } from "./step.js";

/** The options of `createObjectHandler`, and of `rescan`. */
export interface ObjectHandlerOptions {
	/** The table that the upload handler has too. */
	readonly uploads: Uploads;
	/**
	 * The storage, several by name as in the upload handler, or a function that returns the storage of an event. Its
	 * URLs must work from here: leave out `publicEndpoint`.
	 */
	readonly provider:
		| PresignProvider
		| Readonly<Record<string, PresignProvider>>
		| ((event: ObjectEvent) => PresignProvider | undefined | Promise<PresignProvider | undefined>);
	/** What looks at each object, or a function that chooses it. Without any step nothing is accepted. */
	readonly steps: ForObject<readonly Step[]>;
	/** What happens to objects without a clear verdict. @default both are held */
	readonly verdicts?: ForObject<VerdictRules> | undefined;
	/**
	 * What happens to a rejected object. Where it is in quarantine, it is deleted once no URL can store it again.
	 *
	 * @default "keep"
	 */
	readonly rejected?: RejectedAction | undefined;
	/** The store that the upload handler has too. @default small objects below `.skyput/verdicts/` in the storage */
	readonly outcomes?: OutcomeStore | undefined;
	/** Counts what is stored, as in the upload handler. @default none */
	readonly quota?: Quota | undefined;
	/** Receives what was promoted, rejected and held, each at least once. @default none */
	readonly audit?: Audit | undefined;
	/** Where log lines go, one JSON object each. @default console */
	readonly log?: Log | undefined;
	/**
	 * Deliveries of one event after which a step that fails is recorded, and the object held. In a FIFO queue, deliveries
	 * in which it waited for its group count, too. Where a delivery has no
	 * count, as from EventBridge without a queue, it is thrown for the runtime to repeat. @default 3
	 */
	readonly attempts?: number | undefined;
	/** Messages of one batch that are worked on at once. @default 4 */
	readonly concurrency?: number | undefined;
}

const optionNames: readonly (keyof ObjectHandlerOptions)[] = [
	"uploads",
	"provider",
	"steps",
	"verdicts",
	"rejected",
	"outcomes",
	"quota",
	"audit",
	"log",
	"attempts",
	"concurrency",
];

const rejectedActions: readonly unknown[] = ["keep", "tag", "delete"] satisfies RejectedAction[];

const isProvider = (value: unknown): value is PresignProvider =>
	typeof (value as Partial<PresignProvider> | null | undefined)?.signUpload === "function";

function checkNumber(name: string, value: number): number {
	if (Number.isInteger(value) && value >= 1) return value;
	throw new TypeError(`${name} must be a whole number, at least 1, not ${value}.`);
}

/** Checks what callers without TypeScript may pass. @throws TypeError that says what is wrong. */
function checkOptions(options: ObjectHandlerOptions): void {
	refuseUnknownOptions(options, optionNames);
	const { uploads, steps, rejected, audit, outcomes } = options;
	requireUploads(uploads);
	const isList = Array.isArray(steps) && steps.every((step) => typeof step === "function");
	if (typeof steps !== "function" && !(isList && steps.length > 0)) {
		throw new TypeError(
			"steps must be a list of functions such as sniffType(), or a function that returns one. Without a step nothing is known of an object.",
		);
	}
	if (rejected !== undefined && !rejectedActions.includes(rejected)) {
		throw new TypeError(
			`rejected must be "keep", "tag" or "delete", not ${JSON.stringify(rejected)}.`,
		);
	}
	requireFunction("audit", audit);
	requireMethods({ outcomes });
}

/** The storages of a handler, where no function chooses one. */
function namedProviders(
	uploads: Uploads,
	provider: PresignProvider | Readonly<Record<string, PresignProvider>>,
): readonly PresignProvider[] {
	const named = isProvider(provider)
		? [[undefined, provider] as const]
		: Object.entries(provider ?? {});
	if (named.length === 0 || !named.every(([, value]) => isProvider(value))) {
		throw new TypeError(
			"provider must be a storage such as s3Provider({ bucket }), an object of named ones, or a function that returns one.",
		);
	}
	for (const [name, value] of named) {
		const rules = uploads.rules.filter(
			(rule) => rule.quarantine && (name === undefined || (rule.provider ?? "default") === name),
		);
		checkProvider({ rules }, value, { post: true });
	}
	const all = named.map(([, value]) => value);
	refuseEqualBuckets(all);
	return all;
}

/** An event tells a storage by the name of its bucket alone. @throws TypeError where two have the same. */
function refuseEqualBuckets(all: readonly PresignProvider[]): void {
	for (const { id, bucket } of all) {
		const other = all.find((storage) => storage.bucket === bucket && storage.id !== id);
		if (!other) continue;
		throw new TypeError(
			`The storages ${id} and ${other.id} both have a bucket ${JSON.stringify(bucket)}, and an event names no more than that. Pass provider as a function of the event, or make one object handler for each.`,
		);
	}
}

/** Where outcomes are kept without an option. */
function inStorage(provider: PresignProvider): OutcomeStore {
	if (keepsVerdicts(provider)) return verdictObjects(provider);
	throw new TypeError(
		`The ${provider.id} storage cannot refuse to overwrite, so an outcome kept there could change. Pass outcomes, such as dynamoOutcomes({ table }).`,
	);
}

function chooseProvider(
	{ uploads, provider }: ObjectHandlerOptions,
	log: Log,
): { readonly choose: ObjectContext["providerOf"]; readonly all: readonly PresignProvider[] } {
	if (typeof provider === "function" && !isProvider(provider)) return { choose: provider, all: [] };
	const all = namedProviders(uploads, provider as PresignProvider);
	const choose = ({ bucket, key }: ObjectEvent): PresignProvider | undefined => {
		const found = all.find(
			(one) => one.bucket === bucket || (bucket === undefined && all.length === 1),
		);
		if (found) return found;
		const reason = `an event of ${JSON.stringify(key)} names the bucket ${JSON.stringify(bucket)}, which is none of ${all.map((one) => one.bucket).join(", ")}; it is ignored`;
		writeLog(log, "warn", { reason });
		return undefined;
	};
	return { choose, all };
}

/**
 * Checks the options of an object handler.
 *
 * @throws TypeError that says what is wrong.
 */
export function readOptions(options: ObjectHandlerOptions): {
	readonly context: ObjectContext;
	readonly concurrency: number;
	/** Empty where a function chooses. */
	readonly providers: readonly PresignProvider[];
} {
	checkOptions(options);
	const { uploads, steps, verdicts = {}, rejected = "keep", outcomes, quota, audit } = options;
	const { log = console, attempts = 3, concurrency = 4 } = options;
	const { choose, all } = chooseProvider(options, log);
	if (!outcomes) all.forEach(inStorage);
	return {
		context: {
			uploads,
			providerOf: choose,
			steps,
			verdicts,
			rejected,
			outcomesOf: (provider) => outcomes ?? inStorage(provider),
			attempts: checkNumber("attempts", attempts),
			quota,
			audit,
			log,
		},
		concurrency: checkNumber("concurrency", concurrency),
		providers: all,
	};
}

import { uploadLife } from "@skyput/protocol";
import type { Uploads } from "@skyput/server";
import { usageError } from "../errors.js";
import { rulesOf } from "../providers.js";
import { bucketStatements } from "./bucket-policy.js";
import { keysOf, prefixOf, quarantineKeys, stagedKeys } from "./keys.js";
import { type RoleName, roleStatements, type Setup, type Statement } from "./role.js";
import type { Value } from "./values.js";

/** The CORS rule of the bucket. */
export interface CorsRule {
	readonly methods: readonly string[];
	readonly headers: readonly string[];
	readonly exposed: readonly string[];
	/** Seconds. */
	readonly maxAge: number;
}

/** A lifecycle rule of the bucket; times in days. */
export interface LifecycleRule {
	readonly id: string;
	/** "" for all keys. */
	readonly prefix: string;
	readonly abortAfter?: number;
	readonly expireAfter?: number;
}

/** Everything that a table needs of AWS. */
export interface PolicyDocuments {
	readonly roles: Readonly<Record<RoleName, readonly Statement[]>>;
	readonly bucket: readonly Statement[];
	readonly cors: CorsRule;
	readonly lifecycle: readonly LifecycleRule[];
	/** The pattern of the events that say that an upload waits; undefined where nothing is processed. */
	readonly events: { readonly [member: string]: Value } | undefined;
	/** What the documents cannot say, for people. */
	readonly notes: readonly string[];
}

export interface DocumentsOptions extends Setup {
	/** The rules of this provider; needed where the table names several. `default` has those that name none. */
	readonly provider?: string | undefined;
	/** ARN of the user or role whose keys sign, where the storage accepts unsigned headers. */
	readonly signer?: string | undefined;
}

/** Days after which nothing of an upload can be used: lifecycle rules run once a day. */
export const uploadDays: number = uploadLife / 86_400 + 1;

/**
 * Makes the documents of a table.
 *
 * @param uploads - The table.
 * @param options - Which rules, and how the server uses them.
 * @throws CommandError `invalid-usage` where the rules have several providers and none is chosen, and where a read gate
 * has no rule.
 */
export function policyDocuments(uploads: Uploads, options: DocumentsOptions): PolicyDocuments {
	const rules = rulesOf(uploads, options.provider);
	const role = (name: RoleName) => roleStatements(name, rules, options);
	const processed = [
		...(rules.some((rule) => rule.quarantine) ? [quarantineKeys] : []),
		...(options.readGate ? rules.filter((rule) => !rule.quarantine).map(keysOf) : []),
	];
	if (options.readGate && rules.every((rule) => rule.quarantine)) {
		throw usageError(
			"--read-gate is for rules without quarantine, and every rule has it: nothing is at its key before it is clean. Leave the option out.",
		);
	}
	const { statements, unguarded } = bucketStatements(rules, options, options.signer);
	const reads = rules.some((rule) => rule.authorizeRead !== undefined);
	return {
		roles: {
			role: role("role"),
			"signing-role": role("signing-role"),
			"control-role": role("control-role"),
			"processor-role": role("processor-role"),
		},
		bucket: statements,
		cors: {
			methods: reads ? ["PUT", "GET", "HEAD"] : ["PUT"],
			headers: ["*"],
			exposed: ["ETag", "Date", "Retry-After"],
			maxAge: 3600,
		},
		lifecycle: [
			{ id: "unfinished uploads", prefix: "", abortAfter: uploadDays },
			...(processed.length > 0 || options.staged
				? [{ id: "unprocessed uploads", prefix: stagedKeys.slice(0, -1), expireAfter: uploadDays }]
				: []),
		],
		events:
			processed.length > 0
				? {
						source: ["aws.s3"],
						"detail-type": ["Object Created"],
						detail: {
							bucket: { name: [{ reference: "bucketName" }] },
							object: { key: processed.map((keys) => ({ prefix: prefixOf(keys) })) },
						},
					}
				: undefined,
		notes: unguarded.map(
			(source) =>
				`The bucket's policy does not demand create-only writes below "${source}": wildcards cannot tell its keys from some that are replaced, or filled by copies. The URLs of the rule still refuse to overwrite.`,
		),
	};
}

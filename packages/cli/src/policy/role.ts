import type { CompiledRule } from "@skyput/server";
import {
	keysOf,
	prefixOf,
	quarantineKeys,
	scanningKeys,
	stagedKeys,
	targetOf,
	verdictKeys,
} from "./keys.js";
import { bucketArn, escapeKeys, type Value } from "./values.js";

/** A statement of a policy. */
export interface Statement {
	readonly [member: string]: Value;
	readonly Effect: "Allow" | "Deny";
	readonly Action: readonly string[] | string;
}

/** How the server uses the table. */
export interface Setup {
	/** Only plain URLs are signed: the handler has `tokenSecret: false`. */
	readonly plain: boolean;
	/** The provider is wrapped by `staged()`. */
	readonly staged: boolean;
	/** Objects of rules without quarantine are read once their tag says `clean`. @default false */
	readonly readGate?: boolean | undefined;
}

/** Allows actions on keys. */
type Allow = (actions: readonly string[], keys: readonly string[]) => void;

/** What an object of a rule needs beside `s3:PutObject`, which begins and signs an upload. */
const writesOf = ({ tags, acl }: CompiledRule): readonly string[] => [
	"s3:PutObject",
	...(tags === undefined ? [] : ["s3:PutObjectTagging"]),
	...(acl === undefined ? [] : ["s3:PutObjectAcl"]),
];

/** What an upload needs: tags and ACL are those of the copy that leaves quarantine. */
const uploadsOf = (rule: CompiledRule): readonly string[] =>
	rule.quarantine ? ["s3:PutObject"] : writesOf(rule);

/** What the URLs of a rule can do. */
function allowSigning(allow: Allow, rule: CompiledRule, { staged }: Setup): void {
	allow(uploadsOf(rule), [targetOf(rule)]);
	if (staged) allow(["s3:PutObject"], [stagedKeys]);
	if (rule.authorizeRead !== undefined) allow(["s3:GetObject"], [keysOf(rule)]);
}

const multipartActions = ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"];

/** What the server does itself. */
function allowCalls(allow: Allow, rule: CompiledRule, { plain, staged }: Setup): void {
	if (plain) return;
	const keys = keysOf(rule);
	// with staged(), a large object is copied to its key in parts
	const targets = staged ? [targetOf(rule), stagedKeys] : [targetOf(rule)];
	allow([...uploadsOf(rule), ...multipartActions, "s3:GetObject"], targets);
	if (staged) allow(["s3:GetObjectVersion", "s3:DeleteObject"], [stagedKeys]);
	if (rule.quarantine) allow(["s3:GetObject"], [keys, verdictKeys]);
	// onComplete may call reject, which deletes where the key is server-made
	const rejects = !rule.quarantine && rule.key !== undefined && rule.onComplete !== undefined;
	if (rejects || rule.authorizeDelete !== undefined) allow(["s3:DeleteObject"], [keys]);
	if (rejects) allow(["s3:DeleteObjectVersion"], [keys]);
}

/** What the handler of object events does: it looks, records a verdict, tags or promotes, and removes what is rejected. */
function allowProcessing(allow: Allow, rule: CompiledRule): void {
	const keys = keysOf(rule);
	const looked = rule.quarantine ? quarantineKeys : keys;
	// a scanner's report may be a tag, and so may the mark of what was rejected
	const waiting = ["GetObject", "DeleteObject"].flatMap((call) => [
		`s3:${call}`,
		`s3:${call}Version`,
	]);
	const tagging = ["Get", "Put"].flatMap((verb) => [
		`s3:${verb}ObjectTagging`,
		`s3:${verb}ObjectVersionTagging`,
	]);
	allow([...waiting, ...tagging], [looked]);
	allow(["s3:PutObject", "s3:GetObject"], [verdictKeys]);
	if (!rule.quarantine) return;
	allow(["s3:PutObject", "s3:GetObject"], [scanningKeys]);
	allow(["s3:DeleteObject"], [scanningKeys]);
	// the copy has a tag with the verdict; a large object is copied in parts
	allow([...writesOf(rule), "s3:PutObjectTagging"], [keys]);
	allow(["s3:AbortMultipartUpload", "s3:GetObject"], [keys]);
	// what onComplete rejects, and what was copied after another process had rejected it
	allow(["s3:DeleteObject", "s3:DeleteObjectVersion"], [keys]);
}

/** The roles that the documents know. */
export type RoleName = "role" | "signing-role" | "control-role" | "processor-role";

/**
 * Makes the statements of a role.
 *
 * @param name - `role` signs URLs and makes the server's own calls, which two roles can do apart; the
 * `processor-role` handles object events.
 * @param rules - Of one bucket.
 */
export function roleStatements(
	name: RoleName,
	rules: readonly CompiledRule[],
	setup: Setup,
): readonly Statement[] {
	const keysByAction = new Map<string, Set<string>>();
	const allow: Allow = (actions, keys) => {
		for (const action of actions) {
			const all = keysByAction.get(action) ?? new Set();
			for (const key of keys) all.add(key);
			keysByAction.set(action, all);
		}
	};
	const users =
		name === "processor-role" ? rules.filter((rule) => rule.quarantine || setup.readGate) : rules;
	for (const rule of users) {
		if (name === "processor-role") allowProcessing(allow, rule);
		if (name === "role" || name === "signing-role") allowSigning(allow, rule, setup);
		if (name === "role" || name === "control-role") allowCalls(allow, rule, setup);
	}
	const looks = name === "signing-role" ? [] : [...(keysByAction.get("s3:GetObject") ?? [])];
	return [...group(keysByAction), ...listStatements(looks), ...keyStatements(users)];
}

/** One statement for all actions on the same keys. */
function group(keysByAction: ReadonlyMap<string, ReadonlySet<string>>): readonly Statement[] {
	const actionsByKeys = new Map<string, string[]>();
	for (const [action, keys] of keysByAction) {
		const name = JSON.stringify([...keys].toSorted());
		actionsByKeys.set(name, [...(actionsByKeys.get(name) ?? []), action]);
	}
	return [...actionsByKeys].map(([keys, Action]) => ({
		Effect: "Allow",
		Action,
		Resource: (JSON.parse(keys) as readonly string[]).map(bucketArn),
	}));
}

/** Without it, S3 answers 403 instead of 404 for a key without an object. */
function listStatements(keys: readonly string[]): readonly Statement[] {
	const prefixes = [...new Set(keys.map((key) => `${escapeKeys(prefixOf(key))}*`))].toSorted();
	if (prefixes.length === 0) return [];
	const Condition = { StringLike: { "s3:prefix": prefixes } };
	return [{ Effect: "Allow", Action: ["s3:ListBucket"], Resource: [bucketArn()], Condition }];
}

/** The keys of KMS that rules name, used by way of S3 only. */
function keyStatements(rules: readonly CompiledRule[]): readonly Statement[] {
	const ids = new Set(
		rules.flatMap(({ encryption }) =>
			typeof encryption === "object" ? [encryption.kmsKeyId] : [],
		),
	);
	return [...ids].map((id) => {
		const alias = /^(arn:.*:)?(alias\/.+)$/.exec(id);
		const arn = id.startsWith("arn:") ? id : `arn:aws:kms:*:*:key/${id}`;
		return {
			Effect: "Allow",
			Action: ["kms:GenerateDataKey", "kms:Decrypt"],
			// the ARN of an alias is none of a key
			Resource: [alias ? `${alias[1] ?? "arn:aws:kms:*:*:"}key/*` : arn],
			Condition: {
				StringLike: { "kms:ViaService": "s3.*.amazonaws.com" },
				...(alias
					? { "ForAnyValue:StringEquals": { "kms:ResourceAliases": alias[2] as string } }
					: {}),
			},
		};
	});
}

import type { CompiledRule } from "@skyput/server";
import { denyUnsignedHeaders } from "@skyput/server/s3";
import {
	keysOf,
	keysOverlap,
	quarantineKeys,
	scanningKeys,
	verdictKeys,
	verdictTag,
} from "./keys.js";
import type { Setup, Statement } from "./role.js";
import { bucketArn, type Value } from "./values.js";

/** How far the clock of a server may be behind, in milliseconds: its own calls are signed by that clock too. */
const clockTolerance = 300_000;

const deny = (
	Action: readonly string[],
	Resource: readonly Value[],
	Condition: Value,
): Statement => ({
	Effect: "Deny",
	Principal: "*",
	Action,
	Resource,
	Condition,
});

/** Keys that are written once, and the patterns of rules whose keys no statement can guard. */
interface CreateOnlyKeys {
	readonly guarded: readonly string[];
	readonly unguarded: readonly string[];
}

/**
 * Finds the keys at which every write must be create-only. Not those that the server fills by a copy: AWS documents
 * that a policy with this condition refuses every copy.
 */
function createOnlyKeys(
	rules: readonly CompiledRule[],
	{ staged, readGate = false }: Setup,
): CreateOnlyKeys {
	if (staged) return { guarded: [], unguarded: [] };
	const waiting = rules.some((rule) => rule.quarantine) ? [quarantineKeys] : [];
	const others = rules
		.filter((rule) => rule.overwrite === true || rule.quarantine)
		.map(keysOf)
		.concat(readGate || waiting.length > 0 ? [verdictKeys, scanningKeys] : []);
	const isGuarded = (rule: CompiledRule): boolean =>
		!others.some((keys) => keysOverlap(keys, keysOf(rule)));
	const once = rules.filter((rule) => rule.overwrite !== true && !rule.quarantine);
	return {
		guarded: [...once.filter(isGuarded).map(keysOf), ...waiting],
		unguarded: once.filter((rule) => !isGuarded(rule)).map(({ pattern }) => pattern.source),
	};
}

/**
 * Statements by which nobody reads an object of a rule without quarantine until its tag says `clean`, and nobody sets
 * that tag, but the readers. `IfExists` changes nothing on AWS; without it, Ceph 16 does not deny where the tag is missing.
 */
function gateStatements(rules: readonly CompiledRule[]): readonly Statement[] {
	const others = {
		ArnNotEqualsIfExists: { "aws:PrincipalArn": { reference: "readers" } },
	} as const;
	const gated = rules.filter((rule) => !rule.quarantine);
	// an upload that sets the tags of its rule needs the right to tag
	const tagged = gated.filter(({ tags }) => tags !== undefined).map(keysOf);
	const untagged = gated
		.map(keysOf)
		.filter((keys) => !tagged.some((other) => keysOverlap(keys, other)));
	const writes = ["s3:PutObjectTagging", "s3:PutObjectVersionTagging"];
	const arns = (keys: readonly string[]) => keys.map((each) => bucketArn(each));
	return [
		deny(["s3:GetObject", "s3:GetObjectVersion"], arns(gated.map(keysOf)), {
			StringNotEqualsIfExists: { [`s3:ExistingObjectTag/${verdictTag}`]: "clean" },
			...others,
		}),
		deny(["s3:PutObject", ...writes], arns(gated.map(keysOf)), {
			StringLike: { [`s3:RequestObjectTag/${verdictTag}`]: "*" },
			...others,
		}),
		// a copy that takes the tags of its source names none
		...(untagged.length === 0 ? [] : [deny(writes, arns(untagged), others)]),
	];
}

/**
 * Makes the statements of the bucket's policy. All of them deny: rights come from the roles.
 *
 * @param rules - Of one bucket.
 * @param signer - ARN of the user or role whose keys sign, where the storage accepts unsigned headers.
 * @returns Also the patterns whose keys no statement keeps from being replaced.
 */
export function bucketStatements(
	rules: readonly CompiledRule[],
	setup: Setup,
	signer: string | undefined,
): { readonly statements: readonly Statement[]; readonly unguarded: readonly string[] } {
	const age = Math.max(...rules.map(({ expiresIn }) => expiresIn)) * 1000 + clockTolerance;
	const { guarded, unguarded } = createOnlyKeys(rules, setup);
	const statements = [
		deny(["s3:*"], [bucketArn(), bucketArn("*")], { Bool: { "aws:SecureTransport": "false" } }),
		deny(["s3:PutObject"], [bucketArn("*")], { NumericGreaterThan: { "s3:signatureAge": age } }),
		...(guarded.length === 0
			? []
			: [
					deny(
						["s3:PutObject"],
						guarded.map((keys) => bucketArn(keys)),
						{
							Null: { "s3:if-none-match": "true" },
							// what begins an upload in parts takes no condition
							Bool: { "s3:ObjectCreationOperation": "true" },
						},
					),
				]),
		...(signer === undefined
			? []
			: denyUnsignedHeaders<Value>(signer, bucketArn("*")).map((statement) => ({ ...statement }))),
		...(rules.some((rule) => rule.quarantine)
			? [
					deny(["s3:GetObject", "s3:GetObjectVersion"], [bucketArn(quarantineKeys)], {
						ArnNotEquals: { "aws:PrincipalArn": { reference: "readers" } },
					}),
				]
			: []),
		...(setup.readGate ? gateStatements(rules) : []),
	];
	return { statements, unguarded };
}

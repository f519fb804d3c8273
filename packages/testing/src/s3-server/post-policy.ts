import { type AuthRules, checkScope, parseAmzDate } from "./credential-scope.js";
import { S3Error } from "./s3-error.js";
import { hexBytes, sameSignature, sign, signatureMismatch, signingKey } from "./signature.js";

/** The file sizes that the policy allows, in bytes. */
export interface SizeRange {
	readonly min: number;
	readonly max: number;
}

const denied = (message: string): S3Error => new S3Error("AccessDenied", message);

const invalidPolicy = (): S3Error =>
	new S3Error("InvalidPolicyDocument", "Invalid Policy: Invalid JSON or conditions.");

interface PolicyDocument {
	readonly expiration: Date;
	readonly conditions: readonly unknown[];
}

function readPolicy(base64: string): PolicyDocument {
	let policy: unknown;
	try {
		policy = JSON.parse(Buffer.from(base64, "base64").toString("utf8"));
	} catch {
		throw invalidPolicy();
	}
	if (typeof policy !== "object" || policy === null) throw invalidPolicy();
	const { expiration, conditions } = policy as { expiration?: unknown; conditions?: unknown };
	const date = new Date(typeof expiration === "string" ? expiration : Number.NaN);
	if (Number.isNaN(date.getTime()) || !Array.isArray(conditions)) throw invalidPolicy();
	return { expiration: date, conditions };
}

/** Fields that need no condition. */
const unconditional = ["policy", "x-amz-signature", "file", "awsaccesskeyid", "signature"];

/** Conditions as `[operator, name, value]`; `{"name": "value"}` means `eq`. */
function* normalised(conditions: readonly unknown[]): Generator<readonly [string, string, string]> {
	for (const condition of conditions) {
		if (Array.isArray(condition)) {
			const [operator, name, value] = condition.map(String);
			if (condition.length !== 3 || !operator || !name || value === undefined)
				throw invalidPolicy();
			yield [operator.toLowerCase(), name, value];
		} else if (typeof condition === "object" && condition !== null) {
			for (const [name, value] of Object.entries(condition)) {
				yield ["eq", `$${name}`, String(value)];
			}
		} else throw invalidPolicy();
	}
}

function satisfies(operator: string, given: string, value: string, name: string): boolean {
	if (operator === "eq") return given === value;
	if (operator !== "starts-with") throw invalidPolicy();
	// every type of a comma-separated list must match
	return name === "content-type"
		? given.split(",").every((type) => type.startsWith(value))
		: given.startsWith(value);
}

/** Checks that every field has a condition and satisfies it. Returns the size range. */
function checkConditions(
	fields: ReadonlyMap<string, string>,
	bucket: string,
	conditions: readonly unknown[],
): SizeRange {
	let range: SizeRange = { min: 0, max: Number.POSITIVE_INFINITY };
	const covered = new Set<string>();
	for (const [operator, target, value] of normalised(conditions)) {
		if (operator === "content-length-range") {
			range = { min: Number(target), max: Number(value) };
			if (!(range.min >= 0 && range.max >= range.min)) throw invalidPolicy();
			continue;
		}
		const name = target.replace(/^\$/, "").toLowerCase();
		covered.add(name);
		const given = name === "bucket" ? bucket : (fields.get(name) ?? "");
		if (!satisfies(operator, given, value, name)) {
			throw denied(
				`Invalid according to Policy: Policy Condition failed: ${JSON.stringify([operator, target, value])}`,
			);
		}
	}
	const extra = [...fields.keys()].filter(
		(name) => !covered.has(name) && !unconditional.includes(name) && !name.startsWith("x-ignore-"),
	);
	if (extra.length > 0) {
		throw denied(`Invalid according to Policy: Extra input fields: ${extra.join(", ")}`);
	}
	return range;
}

/** Verifies the signature of a policy and all its conditions except the size range, which it returns. */
export function checkPostPolicy(
	fields: ReadonlyMap<string, string>,
	bucket: string,
	rules: AuthRules,
	now: Date,
): SizeRange {
	const field = (name: string): string => {
		const value = fields.get(name.toLowerCase());
		if (value === undefined) {
			throw new S3Error(
				"InvalidArgument",
				`Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
				{ ArgumentName: name, ArgumentValue: "" },
			);
		}
		return value;
	};
	if (!fields.has("policy")) throw denied("Access Denied");
	const policy = field("Policy");
	const algorithm = field("X-Amz-Algorithm");
	const amzDate = field("X-Amz-Date");
	const credential = field("X-Amz-Credential");
	const given = field("X-Amz-Signature");
	if (algorithm !== "AWS4-HMAC-SHA256" || parseAmzDate(amzDate) === undefined) {
		throw new S3Error("InvalidRequest", "The form's x-amz-algorithm or x-amz-date is invalid.");
	}
	const scope = checkScope({ credential, amzDate }, rules, true);
	if (fields.has("x-amz-security-token")) {
		throw new S3Error("InvalidToken", "The provided token is malformed or otherwise invalid.");
	}
	const expected = sign(signingKey(rules.secretAccessKey, scope), policy);
	if (!sameSignature(expected, given)) {
		throw signatureMismatch({
			AWSAccessKeyId: rules.accessKeyId,
			StringToSign: policy,
			SignatureProvided: given,
			StringToSignBytes: hexBytes(policy),
		});
	}
	const { expiration, conditions } = readPolicy(policy);
	if (expiration <= now) throw denied("Invalid according to Policy: Policy expired.");
	return checkConditions(fields, bucket, conditions);
}

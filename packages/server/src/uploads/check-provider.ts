import { multipartThreshold } from "#protocol";
import type { PresignProvider } from "../provider.js";
import { denyUnsignedHeaders } from "../providers/unsigned-headers.js";
import type { CompiledRule } from "./compile-rule.js";
import type { Uploads } from "./define-uploads.js";
import { isNoIdentifier, metadataNames } from "./metadata.js";
import { unsupportedOptions } from "./object-options.js";

/** Whether the rule allows files that need a multipart upload. */
export function mayBeMultipart(rule: CompiledRule): boolean {
	return rule.maxSize === undefined || rule.maxSize > multipartThreshold;
}

/** Whether the storage must refuse to overwrite, for one kind of upload. */
export function createOnly(
	rule: CompiledRule,
	provider: PresignProvider,
	kind: "single" | "multipart",
): boolean {
	return (
		(rule.quarantine || rule.overwrite !== true) &&
		provider.capabilities.createOnly[kind] !== "none"
	);
}

/**
 * Whether only the server may set the rule's ACL, when it begins an upload in parts: the bucket's policy denies
 * such ACLs to the keys that sign URLs.
 */
export const needsParts = (rule: CompiledRule, provider: PresignProvider): boolean =>
	!rule.quarantine &&
	provider.unsignedHeaders === "denied-by-policy" &&
	/^(public-|authenticated-read$)/.test(rule.acl ?? "");

const smallFiles = "set maxSize to 100 MB or less (such files are single uploads)";

const canStage = ({ capabilities }: PresignProvider): string =>
	capabilities.copy.createOnly
		? ", wrap the provider: staged(provider) of @skyput/server/provider"
		: "";

function problem(rule: CompiledRule, provider: PresignProvider, kind: string): string {
	const smaller = kind === "multipart" ? `${canStage(provider)}, ${smallFiles}` : "";
	return `The rule "${rule.pattern.source}" must not overwrite, but ${provider.id} storage cannot refuse to overwrite in ${kind} uploads. Let the server make a unique key (key: ...), allow it (overwrite: true)${smaller}, or state what the storage can do (compatibility, capabilities).`;
}

/** The statements of a bucket policy that deny what unsigned headers could do. */
const denyUnsigned = (bucket: string): string =>
	JSON.stringify(
		denyUnsignedHeaders("THE_ARN_OF_THE_USER_WHOSE_KEYS_SIGN", `arn:aws:s3:::${bucket}/*`),
	);

/** Whether the bucket's policy denies to the server's own calls what it denies to URLs. */
const isServerDenied = ({ unsignedHeaders, signsSeparately }: PresignProvider): boolean =>
	unsignedHeaders === "denied-by-policy" && !signsSeparately;

function unsignedProblem({ id, bucket }: PresignProvider): string {
	return `The ${id} storage accepts x-amz-* headers that nobody signed, or is not known to refuse them: whoever holds an upload URL could copy any object that the signing user may read, publish objects, and replace a finished one. Either deny it by the bucket's policy and set unsignedHeaders: "denied-by-policy" (S3_UNSIGNED_HEADERS of the ready handler), or accept it by unsignedHeaders: "accepted", or, where the storage refuses such headers, set capabilities: { unsignedHeaders: "refused" }. The statements of the policy, for the user whose keys sign the URLs: ${denyUnsigned(bucket)}`;
}

/** Why files of a rule could not be copied from quarantine to their keys, once and without overwriting. */
function problemsOfQuarantine(rule: CompiledRule, provider: PresignProvider): string[] {
	const { id, capabilities } = provider;
	const { copy, multipart, single } = capabilities;
	const name = `The rule "${rule.pattern.source}" has quarantine`;
	const problems: string[] = [];
	if (!copy.createOnly && !rule.key && rule.overwrite !== true) {
		problems.push(
			`${name}, but copies in ${id} storage are not known to refuse to overwrite. Let the server make a unique key (key: ...), allow it (overwrite: true), or state what the storage can do (capabilities: { copy: { createOnly: true } }).`,
		);
	}
	if (isServerDenied(provider)) {
		problems.push(
			`${name}, and unsignedHeaders: "denied-by-policy" denies copies to the keys that sign URLs. Pass other keys for the server's own calls (credentials beside signingCredentials).`,
		);
	}
	const largest = rule.maxSize ?? (multipart ? multipart.maxObjectSize : single.maxSize);
	if (largest > copy.maxSize) {
		problems.push(
			`${name}, and ${id} storage copies at most ${copy.maxSize} bytes. Set maxSize to that or less.`,
		);
	}
	return problems;
}

/** What a rule asks that the storage is not known to do, and the ways out. */
function problemsOf(rule: CompiledRule, provider: PresignProvider, post: boolean): string[] {
	const { id, capabilities } = provider;
	const name = `The rule "${rule.pattern.source}"`;
	const problems: string[] = [];
	const missing = unsupportedOptions(rule, capabilities);
	if (missing.length > 0) {
		problems.push(
			`${name} has ${missing.join(", ")}, which ${id} storage is not known to apply. Omit it, set a default of the bucket instead, or state what the storage can do (compatibility, capabilities: { objectOptions: … }).`,
		);
	}
	if (rule.acl !== undefined && isServerDenied(provider)) {
		problems.push(
			`${name} has an acl, and unsignedHeaders: "denied-by-policy" denies ACLs to the keys that sign URLs. Omit the acl, or pass other keys for the server's own calls (credentials beside signingCredentials).`,
		);
	}
	const wrong =
		capabilities.metadataNames === "any" ? [] : metadataNames(rule.metadata).filter(isNoIdentifier);
	if (wrong.length > 0) {
		problems.push(
			`${name} has the metadata ${wrong.map((n) => JSON.stringify(n)).join(", ")}, and ${id} storage keeps names of letters, digits and _ only, without a digit at the beginning. Rename it in the schema.`,
		);
	}
	if (rule.quarantine) problems.push(...problemsOfQuarantine(rule, provider));
	if (rule.overwrite === true) return problems;
	const { single, multipart } = capabilities;
	const isLarge =
		needsParts(rule, provider) || mayBeMultipart(rule) || (rule.maxSize ?? 0) > single.maxSize;
	const inParts = post && multipart !== false && isLarge;
	if (inParts && capabilities.partUrl === "object") {
		problems.push(
			`${name} must not overwrite, but in ${id} storage the URL of a part can replace the whole object, also after the upload. Wrap the provider: staged(provider) of @skyput/server/provider, allow it (overwrite: true), or ${smallFiles}.`,
		);
	}
	// the copy refuses to overwrite
	if (rule.key || rule.quarantine) return problems;
	const { createOnly: can } = capabilities;
	if (can.single === "none") problems.push(problem(rule, provider, "single"));
	else if (inParts && can.multipart === "none") problems.push(problem(rule, provider, "multipart"));
	return problems;
}

/**
 * Checks that the storage can enforce every rule.
 *
 * @param options - `post`: whether multipart uploads are served.
 * @throws TypeError with every rule that it cannot enforce, and how to resolve it; also for a storage that
 * accepts unsigned headers, unless the operator has said what is to be done about it.
 */
export function checkProvider(
	uploads: Uploads,
	provider: PresignProvider,
	options: { readonly post: boolean },
): void {
	const takesUnsigned = provider.capabilities.unsignedHeaders === "accepted";
	const problems = [
		...(takesUnsigned && provider.unsignedHeaders === undefined ? [unsignedProblem(provider)] : []),
		...uploads.rules.flatMap((rule) => problemsOf(rule, provider, options.post)),
	];
	if (problems.length > 0) throw new TypeError(problems.join("\n"));
}

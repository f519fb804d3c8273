import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ProviderCapabilities } from "../capabilities.js";
import { UploadError } from "../errors.js";
import type { MetadataSchema } from "./rule.js";

/** Metadata as it is sealed into tokens and given to `onComplete`. */
export type Metadata = Readonly<Record<string, string | number | boolean>>;

/** S3 stores 2 KB of user metadata; the rest is for the id of the upload. */
const maxMetadataBytes = 2000;

const nameShape = /^[A-Za-z][A-Za-z0-9_-]{0,127}$/;
// characters that every proxy and storage transmits unchanged in a header
const valueShape = /^[\x20-\x7e]*$/;
const reserved = new Set(["skyput", "skyput-upload", "skyput_upload"]);

/** Problems in one reply, and characters of each: clients determine both, and gateways allow 6 MB. */
const maxProblems = 100;
const maxCharacters = 200;

const shorten = (text: string): string => text.slice(0, maxCharacters);

interface Problem {
	readonly field: string;
	readonly detail: string;
}

/** The error that lists what is wrong. */
function refuse(problems: readonly Problem[], message = "The metadata is invalid."): UploadError {
	const errors = problems
		.slice(0, maxProblems)
		.map(({ field, detail }) => ({ field: shorten(field), detail: shorten(detail) }));
	return new UploadError("invalid-request", message, { errors });
}

/**
 * The error for problems that this module found. Its sentence, which callers show and the server logs, says the first
 * one; what a schema says stays out of the log, since it may quote a value.
 */
function refuseOwn(problems: readonly Problem[]): UploadError {
	const [{ field, detail } = { field: "metadata", detail: "" }] = problems;
	return refuse(problems, `The metadata is invalid. ${shorten(field)}: ${detail}`);
}

function pathOf(issue: StandardSchemaV1.Issue): string {
	const keys = (issue.path ?? []).map((step) => (typeof step === "object" ? step.key : step));
	return ["metadata", ...keys.map(String)].join(".");
}

/** The problem with one name and value, or null. */
function entryProblem(name: string, value: unknown): string | null {
	if (!nameShape.test(name)) return "A name is a letter, then letters, digits, - and _.";
	if (reserved.has(name.toLowerCase())) return "The name is reserved.";
	if (typeof value === "boolean" || Number.isFinite(value)) return null;
	if (typeof value !== "string") return "A value must be a string, a finite number or a boolean.";
	if (!valueShape.test(value))
		return "A value must be printable ASCII; encode other text, such as by encodeURIComponent.";
	if (value !== value.trim()) return "A value must not begin or end with a space.";
	return null;
}

/** Refuses metadata that storages can't keep unchanged: not printable ASCII, or more than 2 kB. */
function checkStorable(output: unknown): Metadata {
	if (typeof output !== "object" || output === null || Array.isArray(output)) {
		throw refuseOwn([{ field: "metadata", detail: "Must be an object." }]);
	}
	const entries = Object.entries(output).filter(([, value]) => value !== undefined);
	const names = new Set<string>();
	const errors: Problem[] = [];
	let bytes = 0;
	for (const [name, value] of entries) {
		const problem = names.has(name.toLowerCase())
			? "The name appears twice (names have no case)."
			: entryProblem(name, value);
		if (problem !== null) errors.push({ field: `metadata.${name}`, detail: problem });
		names.add(name.toLowerCase());
		bytes += name.length + String(value).length;
	}
	if (bytes > maxMetadataBytes) {
		errors.push({ field: "metadata", detail: `Longer than ${maxMetadataBytes} bytes in all.` });
	}
	if (errors.length > 0) throw refuseOwn(errors);
	return Object.fromEntries(entries) as Metadata;
}

/** Whether storages whose metadata names are identifiers refuse a name. */
export const isNoIdentifier = (name: string): boolean => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name);

/** The names that a schema lists, where its library shows them: `shape` of Zod, `entries` of Valibot. */
export function metadataNames(schema: MetadataSchema | undefined): readonly string[] {
	const { shape, entries } = (schema ?? {}) as {
		readonly shape?: object;
		readonly entries?: object;
	};
	const members: unknown = shape ?? entries;
	return typeof members === "object" && members !== null ? Object.keys(members) : [];
}

/** @throws UploadError `invalid-request` that names the entries which the storage cannot keep. */
export function checkNames(
	metadata: Metadata | undefined,
	{ metadataNames: allowed }: Pick<ProviderCapabilities, "metadataNames">,
): void {
	if (allowed === "any" || metadata === undefined) return;
	const detail =
		"This storage keeps names of letters, digits and _ only, not beginning with a digit.";
	const wrong = Object.keys(metadata).filter(isNoIdentifier);
	if (wrong.length > 0)
		throw refuseOwn(wrong.map((name) => ({ field: `metadata.${name}`, detail })));
}

/**
 * The output of a rule's schema for what the client sent, without the members that are undefined.
 *
 * @throws UploadError `invalid-request`, naming every field that is wrong.
 */
export async function checkMetadata(
	input: unknown,
	schema: MetadataSchema | undefined,
): Promise<Metadata | undefined> {
	if (!schema) {
		if (input === undefined) return undefined;
		throw refuse([{ field: "metadata", detail: "No metadata is accepted for this key." }]);
	}
	const result = await schema["~standard"].validate(input);
	if (result.issues) {
		throw refuse(result.issues.map((issue) => ({ field: pathOf(issue), detail: issue.message })));
	}
	return checkStorable(result.value);
}

/** Metadata as storages keep it: text, under lower-case names, because headers have no case. */
export function toStoredMetadata(metadata: Metadata): Readonly<Record<string, string>> {
	return Object.fromEntries(
		Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), String(value)]),
	);
}

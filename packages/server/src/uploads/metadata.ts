import type { StandardSchemaV1 } from "@standard-schema/spec";
import { UploadError } from "../errors.js";

/** A schema of any library that follows Standard Schema, whose output can be stored with an object. */
export type MetadataSchema<Input = unknown> = StandardSchemaV1<
	Input,
	Readonly<Record<string, string>>
>;

/** S3 stores 2 KB of user metadata; the rest is kept for our own stamp. */
const maxMetadataBytes = 2000;

const nameShape = /^[A-Za-z][A-Za-z0-9_-]{0,127}$/;
// what an HTTP header carries unchanged through every proxy and store
const valueShape = /^[\x20-\x7e]*$/;
const reserved = new Set(["skyput-upload", "skyput_upload"]);

/** Problems named in one answer, and characters of each: callers choose both, gateways cut at 6 MB. */
const mostProblems = 100;
const mostCharacters = 200;

const shorten = (text: string): string => text.slice(0, mostCharacters);

const refuse = (
	errors: readonly { readonly field: string; readonly detail: string }[],
): UploadError =>
	new UploadError("invalid-request", "The metadata is not valid.", {
		errors: errors
			.slice(0, mostProblems)
			.map(({ field, detail }) => ({ field: shorten(field), detail: shorten(detail) })),
	});

function pathOf(issue: StandardSchemaV1.Issue): string {
	const keys = (issue.path ?? []).map((step) => (typeof step === "object" ? step.key : step));
	return ["metadata", ...keys.map(String)].join(".");
}

/** What is wrong with one name and value, as objects store them; null when nothing is. */
function entryProblem(name: string, value: unknown): string | null {
	if (!nameShape.test(name)) return "A name is a letter, then letters, digits, - and _.";
	if (reserved.has(name.toLowerCase())) return "The name is reserved.";
	if (typeof value !== "string") return "A value must be a string.";
	if (!valueShape.test(value)) return "A value must be printable ASCII.";
	if (value !== value.trim()) return "A value must not begin or end with a space.";
	return null;
}

/** Refuses what the stores cannot keep unchanged: other than printable ASCII, more than 2 kB. */
function checkStorable(metadata: unknown): Readonly<Record<string, string>> {
	if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) {
		throw refuse([{ field: "metadata", detail: "Must be an object of strings." }]);
	}
	const names = new Set<string>();
	const errors: { readonly field: string; readonly detail: string }[] = [];
	let bytes = 0;
	for (const [name, value] of Object.entries(metadata)) {
		const problem = names.has(name.toLowerCase())
			? "The name stands twice (stores do not tell upper from lower case)."
			: entryProblem(name, value);
		if (problem !== null) errors.push({ field: `metadata.${name}`, detail: problem });
		names.add(name.toLowerCase());
		bytes += name.length + String(value).length;
	}
	if (bytes > maxMetadataBytes) {
		errors.push({ field: "metadata", detail: `Longer than ${maxMetadataBytes} bytes in all.` });
	}
	if (errors.length > 0) throw refuse(errors);
	return metadata as Readonly<Record<string, string>>;
}

/**
 * The metadata to store, from what the client sent.
 *
 * @throws UploadError `invalid-request`, naming every field that is wrong.
 */
export async function checkMetadata(
	input: unknown,
	schema: MetadataSchema | undefined,
): Promise<Readonly<Record<string, string>> | undefined> {
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

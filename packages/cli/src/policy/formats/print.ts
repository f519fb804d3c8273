import { isReference, type Reference, type Value } from "../values.js";

/** How a language writes values. */
export interface Syntax {
	readonly indent: string;
	/** Columns of one indent. */
	readonly indentWidth: number;
	/** Columns of a line that holds a whole list. */
	readonly width: number;
	/** Between name and value. */
	readonly assign: string;
	/** After a member of an object. */
	readonly separator: string;
	/** Whether the values of members below each other begin in one column. */
	readonly aligned: boolean;
	readonly name: (name: string) => string;
	readonly text: (text: string) => string;
	readonly reference: (reference: Reference) => string;
}

/** Where a value is written. */
interface Place {
	/** Indents. */
	readonly depth: number;
	/** Columns before the value. */
	readonly used: number;
}

/**
 * Writes a value as source text.
 *
 * @param depth - Indents of the line on which it begins.
 */
export function print(value: Value, syntax: Syntax, depth: number): string {
	return write(value, syntax, { depth, used: 0 });
}

function write(value: Value, syntax: Syntax, place: Place): string {
	if (isReference(value)) return syntax.reference(value);
	if (typeof value === "string") return syntax.text(value);
	if (typeof value !== "object") return String(value);
	if (Array.isArray(value)) return list(value, syntax, place);
	const members = Object.entries(value);
	return members.length === 0 ? "{}" : object(members, syntax, place.depth);
}

function list(items: readonly Value[], syntax: Syntax, { depth, used }: Place): string {
	const inner = { depth: depth + 1, used: 0 };
	const texts = items.map((item) => write(item, syntax, inner));
	const line = `[${texts.join(", ")}]`;
	// with the comma that follows
	const columns = depth * syntax.indentWidth + used + line.length + 1;
	if (!line.includes("\n") && columns <= syntax.width) return line;
	const indent = syntax.indent.repeat(depth);
	return `[\n${texts.map((text) => `${indent}${syntax.indent}${text},\n`).join("")}${indent}]`;
}

function object(
	members: readonly (readonly [string, Value])[],
	syntax: Syntax,
	depth: number,
): string {
	const { assign, separator, indent } = syntax;
	const lines = members.map(([name, value]) => {
		const label = syntax.name(name);
		const used = label.length + assign.length;
		return { label, text: write(value, syntax, { depth: depth + 1, used }) };
	});
	const before = indent.repeat(depth + 1);
	const body = lines.map(({ label, text }, index) => {
		const width = syntax.aligned && !text.includes("\n") ? columnOf(lines, index) : 0;
		return `${before}${label.padEnd(width)}${assign}${text}${separator}\n`;
	});
	return `{\n${body.join("")}${indent.repeat(depth)}}`;
}

/** The longest name among the members of one line around this one. */
function columnOf(
	lines: readonly { readonly label: string; readonly text: string }[],
	index: number,
): number {
	const isLong = ({ text }: { readonly text: string }) => text.includes("\n");
	const start = lines.slice(0, index).findLastIndex(isLong) + 1;
	const length = lines.slice(index).findIndex(isLong);
	const end = length === -1 ? lines.length : index + length;
	return Math.max(...lines.slice(start, end).map(({ label }) => label.length));
}

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** TypeScript, formatted as most formatters do. `reference` has the text of the expression. */
export const typescript = (reference: (reference: Reference) => string): Syntax => ({
	indent: "\t",
	indentWidth: 2,
	width: 100,
	assign: ": ",
	separator: ",",
	aligned: false,
	name: (name) => (identifier.test(name) ? name : JSON.stringify(name)),
	text: (text) => JSON.stringify(text),
	reference,
});

/** A template literal that begins with an expression. */
export const template = (expression: string, text: string): string =>
	`\`\${${expression}}${text.replaceAll(/[`\\]|\$\{/g, "\\$&")}\``;

/** HCL, formatted as `terraform fmt` does. */
export const hcl = (reference: (reference: Reference) => string): Syntax => ({
	indent: "  ",
	indentWidth: 2,
	width: 100,
	assign: " = ",
	separator: "",
	aligned: true,
	name: (name) => (identifier.test(name) ? name : JSON.stringify(name)),
	text: (text) => `"${hclText(text)}"`,
	reference,
});

/** What stands between quotes in HCL. */
export const hclText = (text: string): string =>
	JSON.stringify(text)
		.slice(1, -1)
		.replaceAll(/[$%]\{/g, (start) => start[0] + start);

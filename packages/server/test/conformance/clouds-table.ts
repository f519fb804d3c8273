import { type CapabilityName, type ProviderContext, providerCases, replay } from "@skyput/testing";
import type { ProviderCapabilities } from "../../src/capabilities.js";
import type { PresignProvider } from "../../src/provider.js";

/** How a row is known: by a run on the real software, or on a server that behaves as published; or from documents. */
export type Evidence = "run" | "simulated" | "documented";

/** One cloud. */
export interface Cloud {
	readonly name: string;
	/** The `compatibility` of s3Provider, or the factory. */
	readonly option: string;
	readonly evidence: Evidence;
	readonly capabilities: ProviderCapabilities;
	/** Where its vendor documents what is stated. */
	readonly source: string;
}

/** A column of the table: what a cloud does about one capability. */
interface Column {
	readonly title: string;
	/** About a file in one request. */
	readonly isSingle?: boolean;
	readonly about: readonly CapabilityName[];
	cell(capabilities: ProviderCapabilities): string;
}

const enforced = "enforced";
const byServer = "checked";
const none = "–";
const accepted = "accepted";
const inParts = "in parts";

const listed = (names: readonly string[]): string =>
	names.length === 0 ? none : `${enforced}: ${names.join(", ")}`;

const columns: readonly Column[] = [
	{
		title: "create-only PUT",
		isSingle: true,
		about: ["createOnly.single"],
		cell: ({ createOnly }) => (createOnly.single === "enforced" ? enforced : none),
	},
	{
		title: "create-only in parts",
		about: ["createOnly.multipart"],
		cell({ createOnly, copy }) {
			if (createOnly.multipart === "at-complete") return enforced;
			return copy.createOnly ? `${enforced} by \`staged()\`` : none;
		},
	},
	{
		title: "length of a PUT",
		isSingle: true,
		about: ["enforce.singleSize"],
		cell: ({ enforce }) => (enforce.singleSize === "exact" ? enforced : byServer),
	},
	{
		title: "length of a part",
		about: ["enforce.partSize", "enforce.totalSize"],
		cell: ({ enforce }) => (enforce.partSize === "exact" ? enforced : byServer),
	},
	{
		title: "content type",
		about: ["enforce.contentType"],
		cell: ({ enforce }) => (enforce.contentType === "signed" ? enforced : byServer),
	},
	{
		title: "digest of a PUT",
		isSingle: true,
		about: ["checksums.single"],
		cell: ({ checksums }) => listed(checksums.single),
	},
	{
		title: "digest of a part",
		about: ["checksums.part"],
		cell: ({ checksums }) => listed(checksums.part),
	},
	{
		title: "digest of the object",
		about: ["checksums.object", "checksums.reported"],
		cell({ checksums }) {
			if (checksums.object.length > 0) return listed(checksums.object);
			const { reported } = checksums;
			return reported.length === 0 ? none : `${byServer}: ${reported.join(", ")}`;
		},
	},
	{
		title: "a part's URL writes",
		about: ["partUrl"],
		cell: ({ partUrl }) => (partUrl === "part" ? "that part" : "the object"),
	},
	{
		title: "unsigned headers",
		about: ["unsignedHeaders"],
		cell: ({ unsignedHeaders = "refused" }) =>
			unsignedHeaders === "refused" ? enforced : accepted,
	},
	{
		title: "create-only copy",
		about: ["copy"],
		cell: ({ copy }) => (copy.createOnly ? enforced : none),
	},
	{
		title: "conditional delete",
		about: ["conditionalDelete"],
		cell: ({ conditionalDelete }) => (conditionalDelete ? enforced : byServer),
	},
];

/** Runs the cases behind the table. @throws Error that names each case which fails */
export async function runColumns(provider: PresignProvider): Promise<void> {
	const about = new Set(columns.flatMap((column) => column.about));
	const context: ProviderContext = {
		provider,
		send: replay,
		key: (name) => `clouds/${crypto.randomUUID()}/${name}`,
	};
	const failed: string[] = [];
	for (const { name, capability, applies, expected, run } of providerCases) {
		if (!about.has(capability) || !applies(provider.capabilities)) continue;
		const facts = await run(context);
		const isSame = Object.keys({ ...facts, ...expected }).every((f) => facts[f] === expected[f]);
		if (!isSame) failed.push(`${name}: ${JSON.stringify(facts)}`);
	}
	if (failed.length > 0) throw new Error(failed.join("\n"));
}

const letters: Readonly<Record<Evidence, string>> = { run: "r", simulated: "s", documented: "d" };

/** A Markdown table as the formatter writes it: each column as wide as its widest cell. */
function aligned(rows: readonly (readonly string[])[]): string {
	const widths = (rows[0] ?? []).map((_, column) =>
		Math.max(3, ...rows.map((cells) => cells[column]?.length ?? 0)),
	);
	const line = (cells: readonly string[]): string =>
		`| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
	const [head = [], ...body] = rows;
	return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

/** The table, in Markdown: a row for each cloud. */
export function cloudsTable(clouds: readonly Cloud[]): string {
	const head = ["cloud", "option", ...columns.map(({ title }) => title), "source"];
	const rows = clouds.map(({ name, option, evidence, capabilities, source }) => {
		const cells = columns.map(({ isSingle, cell }) => {
			const text = isSingle && capabilities.single.maxSize === 0 ? inParts : cell(capabilities);
			// of what no document states, nothing is known
			const isUnknown = evidence === "documented" && (text === none || text === accepted);
			return isUnknown ? none : `${text} ${letters[evidence]}`;
		});
		return [name, `\`${option}\``, ...cells, `[document](${source})`];
	});
	return aligned([head, ...rows]);
}

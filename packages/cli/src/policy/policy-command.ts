import { Command, InvalidArgumentError, Option } from "commander";
import type { CommandFactory } from "../context.js";
import type { DocumentName, Format } from "./formats/format.js";

/** Every format, loaded when it is asked for. */
const formats = {
	json: async () => (await import("./formats/json.js")).json,
	cloudformation: async () => (await import("./formats/cloudformation.js")).cloudformation,
	cdk: async () => (await import("./formats/cdk.js")).cdk,
	terraform: async () => (await import("./formats/terraform.js")).terraform,
	sst: async () => (await import("./formats/sst.js")).sst,
} satisfies Readonly<Record<string, () => Promise<Format>>>;

interface PolicyOptions {
	readonly format: keyof typeof formats;
	readonly document?: readonly DocumentName[];
	readonly bucket?: string;
	readonly origin?: readonly string[];
	readonly provider?: string;
	readonly plain: boolean;
	readonly staged: boolean;
	readonly readGate: boolean;
	readonly signer?: string;
	readonly reader?: readonly string[];
	readonly processor?: string;
}

const documentNames: readonly DocumentName[] = [
	"role",
	"signing-role",
	"control-role",
	"processor-role",
	"bucket",
	"cors",
	"lifecycle",
	"notifications",
];

const append = <Item>(item: Item, items: readonly Item[] = []): readonly Item[] => [...items, item];

function readDocument(text: string, before?: readonly DocumentName[]): readonly DocumentName[] {
	const name = documentNames.find((known) => known === text);
	if (name !== undefined) return append(name, before);
	throw new InvalidArgumentError(`Allowed choices are ${documentNames.join(", ")}.`);
}

/** An origin as browsers send it; S3 takes one `*` in it. */
function readOrigin(text: string, origins?: readonly string[]): readonly string[] {
	const url = URL.canParse(text) && !text.includes("*") ? new URL(text) : undefined;
	// other schemes, such as capacitor://localhost, have no origin of their own
	const sent = url?.origin === "null" ? text : url?.origin;
	if (text === "*" || sent === text || /^https?:\/\/[^/*]*\*[^/*]*$/.test(text)) {
		return append(text, origins);
	}
	throw new InvalidArgumentError(
		sent === undefined
			? "An origin is a scheme and a host, such as https://app.example.com."
			: `Browsers send this origin as ${sent}.`,
	);
}

function readArn(text: string): string {
	if (text.startsWith("arn:")) return text;
	throw new InvalidArgumentError(
		"An ARN begins with arn:, such as arn:aws:iam::123456789012:role/x.",
	);
}

/** `skyput policy`: prints what the table of uploads needs of AWS. */
export const policyCommand: CommandFactory = ({ output, cwd, signal }) =>
	new Command("policy")
		.summary("Print roles, bucket policy and CORS rules for your table")
		.description("Print roles, bucket policy, CORS and lifecycle rules for a table of uploads.")
		.argument("[file]", "File that exports the table (default: uploads.ts, also in src, …)")
		.addOption(
			new Option("--format <format>", "What to print")
				.choices(Object.keys(formats))
				.default("json"),
		)
		.addOption(
			new Option("--document <name>", "Print only this document; may be repeated")
				.choices(documentNames)
				.argParser(readDocument),
		)
		.option("--bucket <name>", "Name of the bucket; JSON needs it")
		.option("--origin <url>", "Origin of a page that uploads; may be repeated", readOrigin)
		.option("--provider <name>", "Use only the rules of this provider, which has its own bucket")
		.option("--plain", "For a handler that signs plain URLs only", false)
		.option("--staged", "For a provider that is wrapped by staged()", false)
		.option(
			"--signer <arn>",
			"User or role whose keys sign the URLs; unsigned headers are denied to it",
			readArn,
		)
		.option(
			"--reader <arn>",
			"Role that may read objects before they are processed: the server's and the processor's; may be repeated",
			(text: string, before?: readonly string[]) => append(readArn(text), before),
		)
		.option(
			"--read-gate",
			"For rules without quarantine: let only readers read objects that are not tagged clean",
			false,
		)
		.option("--processor <arn>", "Function that handles object events", readArn)
		.addHelpText(
			"after",
			`
Examples:
  $ skyput policy --bucket my-uploads --document role
  $ skyput policy --bucket my-uploads --origin https://app.example.com
  $ skyput policy --format terraform > policy.tf`,
		)
		.action(async (file: string | undefined, options: PolicyOptions) => {
			const { loadUploads } = await import("../load-uploads.js");
			const { policyDocuments } = await import("./documents.js");
			const { uploads } = await loadUploads(cwd, { path: file, given: "as the argument", signal });
			const documents = policyDocuments(uploads, options);
			const all = documentNames.filter(
				(name) =>
					!/^(signing|control)-role$/.test(name) &&
					(documents.events !== undefined || !/^(processor-role|notifications)$/.test(name)),
			);
			const format = await formats[options.format]();
			const text = format(documents, options.document ?? all, {
				bucketName: options.bucket,
				origins: options.origin,
				readers: options.reader,
				processor: options.processor,
			});
			for (const text of documents.notes) output.warn(text);
			if (!output.json) output.write(text);
			else if (options.format === "json") output.document(JSON.parse(text));
			else output.document({ format: options.format, text });
		});

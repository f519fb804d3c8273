import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { documentOf, exampleUploads, server } from "./documents.js";

// What the documents and examples ship is what the command prints for their tables.

const read = (path: string) => readFile(new URL(`../../../../${path}`, import.meta.url), "utf8");

/** The first JSON block below a heading of docs/storage.md. */
async function blockOf(heading: string): Promise<unknown> {
	const page = await read("docs/storage.md");
	const [, json = "null"] =
		new RegExp(`## ${heading}\n.*?\`\`\`json\n(.*?)\`\`\``, "s").exec(page) ?? [];
	return JSON.parse(json);
}

test.each([
	["Role policy", "role"],
	["Bucket policy", "bucket"],
	["CORS rule", "cors"],
	["Lifecycle rule", "lifecycle"],
] as const)(
	"the section %s of docs/storage.md is printed by the command",
	async (heading, name) => {
		expect(await blockOf(heading)).toEqual(documentOf(exampleUploads, name));
	},
);

test("the statements that deny unsigned headers are printed by the command", async () => {
	const signer = "arn:aws:iam:::user/uploads";
	const { Statement } = documentOf(exampleUploads, "bucket", { ...server, signer }) as {
		Statement: { Condition: object }[];
	};
	const unsigned = Statement.filter(({ Condition }) => "StringLike" in Condition);
	expect(await blockOf("Unsigned headers")).toMatchObject({ Statement: unsigned });
});

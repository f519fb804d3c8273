import { defineUploads } from "@skyput/server";
import { denyUnsignedHeaders } from "@skyput/server/s3";
import { expect, test } from "vitest";
import { policyDocuments } from "../../src/policy/documents.js";
import { documentOf, exampleUploads, rightsOf, server } from "./documents.js";

interface Statement {
	readonly Effect: string;
	readonly Action: readonly string[];
	readonly Resource: readonly string[];
	readonly Condition: Readonly<Record<string, unknown>>;
}

const statementsOf = (...args: Parameters<typeof documentOf>): readonly Statement[] =>
	(documentOf(...args) as { Statement: readonly Statement[] }).Statement;

const createOnly = { Null: { "s3:if-none-match": "true" } };

const guarded = (uploads: Parameters<typeof documentOf>[0], options = server) =>
	statementsOf(uploads, "bucket", options)
		.filter(({ Condition }) => "Null" in Condition)
		.flatMap(({ Resource }) => Resource.map((arn) => arn.replace("arn:aws:s3:::my-bucket/", "")));

test("the bucket's policy denies plain HTTP, old signatures and writes that could replace an object", () => {
	const [transport, age, write, ...rest] = statementsOf(exampleUploads, "bucket");
	expect(transport).toMatchObject({
		Resource: ["arn:aws:s3:::my-bucket", "arn:aws:s3:::my-bucket/*"],
		Condition: { Bool: { "aws:SecureTransport": "false" } },
	});
	expect(age?.Condition).toEqual({ NumericGreaterThan: { "s3:signatureAge": 600_000 } });
	expect(write?.Condition).toMatchObject(createOnly);
	expect(rest).toEqual([]);
});

test("every statement denies: the policy gives nobody a right", () => {
	const options = { ...server, signer: "arn:aws:iam:::user/uploads" };
	const effects = statementsOf(exampleUploads, "bucket", options).map(({ Effect }) => Effect);
	expect(new Set(effects)).toEqual(new Set(["Deny"]));
});

test("a signature may be as old as the longest URL, and five minutes more", () => {
	const table = { "a/*path": { expiresIn: 60 }, "b/*path": { expiresIn: 3600 } };
	expect(statementsOf(table, "bucket")[1]?.Condition).toEqual({
		NumericGreaterThan: { "s3:signatureAge": 3_900_000 },
	});
});

test("create-only writes are demanded where no rule overwrites", () => {
	const overwrite = true;
	expect(guarded({ "a/*path": {}, "b/*path": { overwrite } })).toEqual(["a/*"]);
	expect(guarded({ "b/*path": { overwrite } })).toEqual([]);
});

test("they are not where the server fills the keys by copies", () => {
	expect(guarded(exampleUploads, { plain: false, staged: true })).toEqual([]);
	expect(guarded({ "a/*path": { quarantine: true, overwrite: true } })).toEqual([
		".skyput/quarantine/*",
	]);
});

test("a key that a wildcard cannot tell from one that may be replaced is left out, and a note says so", () => {
	const table = { "a/:x/b": {}, "a/:x/c/*rest": { overwrite: true } };
	expect(guarded(table)).toEqual([]);
	const { notes } = policyDocuments(defineUploads(table), server);
	expect(notes).toEqual([expect.stringContaining('"a/:x/b"')]);
});

test("nor may a statement reach copies out of quarantine, or verdicts", () => {
	const waiting = [".skyput/quarantine/*"];
	expect(guarded({ "a/:x/b": {}, "a/:x/c/*rest": { quarantine: true } })).toEqual(waiting);
	expect(guarded({ ":a/:b/:c": {}, e: { quarantine: true } })).toEqual(waiting);
});

test("with a signer, the statements of the server's error deny unsigned headers", () => {
	const signer = "arn:aws:iam:::user/uploads";
	expect(statementsOf(exampleUploads, "bucket", { ...server, signer }).slice(3)).toEqual(
		denyUnsignedHeaders(signer, "arn:aws:s3:::my-bucket/*"),
	);
});

test("only the named roles read what is in quarantine", () => {
	const uploads = { "users/:userId/*path": { quarantine: true } };
	expect(statementsOf(uploads, "bucket").at(-1)).toEqual({
		Effect: "Deny",
		Principal: "*",
		Action: ["s3:GetObject", "s3:GetObjectVersion"],
		Resource: ["arn:aws:s3:::my-bucket/.skyput/quarantine/*"],
		Condition: {
			ArnNotEquals: { "aws:PrincipalArn": ["arn:aws:iam::123456789012:role/processor"] },
		},
	});
});

const readGate = { ...server, readGate: true };
const others = {
	ArnNotEqualsIfExists: { "aws:PrincipalArn": ["arn:aws:iam::123456789012:role/processor"] },
};

test("with a read gate, only the named roles read what no tag calls clean, and set that tag", () => {
	const table = { "a/:name": {}, "b/*path": { quarantine: true }, "c/*path": { tags: { a: "b" } } };
	const gated = ["arn:aws:s3:::my-bucket/a/*", "arn:aws:s3:::my-bucket/c/*"];
	const tagging = ["s3:PutObjectTagging", "s3:PutObjectVersionTagging"];
	const common = { Effect: "Deny", Principal: "*" };
	expect(statementsOf(table, "bucket", readGate).slice(-3)).toEqual([
		{
			...common,
			Action: ["s3:GetObject", "s3:GetObjectVersion"],
			Resource: gated,
			Condition: {
				StringNotEqualsIfExists: { "s3:ExistingObjectTag/skyput-verdict": "clean" },
				...others,
			},
		},
		{
			...common,
			Action: ["s3:PutObject", ...tagging],
			Resource: gated,
			Condition: { StringLike: { "s3:RequestObjectTag/skyput-verdict": "*" }, ...others },
		},
		// uploads of the other rule set its tags
		{ ...common, Action: tagging, Resource: gated.slice(0, 1), Condition: others },
	]);
});

test("a read gate leaves uploads alone that set the tags of their rule, also at keys that wildcards cannot tell apart", () => {
	const table = { "a/:x/b": { tags: { a: "b" } }, "a/:x/c/*rest": {}, "b/:name": {} };
	const unconditional = statementsOf(table, "bucket", readGate).at(-1);
	expect(unconditional).toMatchObject({
		Resource: ["arn:aws:s3:::my-bucket/b/*"],
		Condition: others,
	});
});

test("a read gate demands no create-only writes where the object handler replaces its verdicts", () => {
	expect(guarded({ ":a/:b/:c": {} })).toEqual(["*/*/*"]);
	expect(guarded({ ":a/:b/:c": {} }, readGate)).toEqual([]);
});

test("a read gate sends the events of its rules, and the processor may look there, tag and delete", () => {
	const table = { "a/:name": {}, "b/*path": { quarantine: true } };
	const { events } = policyDocuments(defineUploads(table), readGate);
	expect(events).toMatchObject({
		detail: { object: { key: [{ prefix: ".skyput/quarantine/" }, { prefix: "a/" }] } },
	});
	const rights = rightsOf({ "a/:name": {} }, "processor-role", readGate);
	expect(rights).toEqual({
		...Object.fromEntries(
			[
				...["s3:GetObjectVersion", "s3:DeleteObject", "s3:DeleteObjectVersion"],
				...["s3:GetObjectTagging", "s3:GetObjectVersionTagging"],
				...["s3:PutObjectTagging", "s3:PutObjectVersionTagging"],
			].map((action) => [action, ["a/*"]]),
		),
		"s3:GetObject": [".skyput/verdicts/*", "a/*"],
		"s3:PutObject": [".skyput/verdicts/*"],
		"s3:ListBucket": [""],
	});
});

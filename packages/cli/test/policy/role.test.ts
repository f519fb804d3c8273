import { expect, test } from "vitest";
import { keysOverlap } from "../../src/policy/keys.js";
import { documentOf, exampleUploads, rightsOf, server } from "./documents.js";

const uploading = {
	"s3:PutObject": ["users/*/*"],
	"s3:AbortMultipartUpload": ["users/*/*"],
	"s3:ListMultipartUploadParts": ["users/*/*"],
	"s3:GetObject": ["users/*/*"],
	"s3:ListBucket": [""],
};

test("a rule needs five actions, on the keys of its pattern", () => {
	expect(rightsOf(exampleUploads)).toEqual(uploading);
});

test("s3:ListBucket is limited to the prefixes of the patterns", () => {
	const table = { "a/b/:x/c": {}, "d/:y/*rest": {} };
	expect(documentOf(table, "role")).toMatchObject({
		Statement: [{}, { Condition: { StringLike: { "s3:prefix": ["a/b/*", "d/*"] } } }],
	});
});

test("a rule adds the actions that its options need, and no other", () => {
	const added = (rule: object) => {
		const rights = rightsOf({ "users/:userId/*path": rule });
		return Object.keys(rights).filter((action) => !(action in uploading));
	};
	expect(added({})).toEqual([]);
	expect(added({ overwrite: true, storageClass: "STANDARD_IA", encryption: "aes256" })).toEqual([]);
	expect(added({ tags: { a: "b" } })).toEqual(["s3:PutObjectTagging"]);
	expect(added({ acl: "private" })).toEqual(["s3:PutObjectAcl"]);
	expect(added({ authorizeRead: "public" })).toEqual([]);
	expect(added({ authorizeDelete: "public" })).toEqual(["s3:DeleteObject"]);
	expect(added({ onComplete: () => undefined })).toEqual([]);
	expect(added({ onComplete: () => undefined, key: () => "users/1/2" })).toEqual([
		"s3:DeleteObject",
		"s3:DeleteObjectVersion",
	]);
	expect(added({ encryption: { kmsKeyId: "1-2-3" } })).toEqual([
		"kms:GenerateDataKey",
		"kms:Decrypt",
	]);
});

test("an action of one rule does not reach the keys of another", () => {
	const rights = rightsOf({ "a/*path": { tags: { a: "b" } }, "b/*path": { acl: "private" } });
	expect(rights).toMatchObject({
		"s3:PutObject": ["a/*", "b/*"],
		"s3:PutObjectTagging": ["a/*"],
		"s3:PutObjectAcl": ["b/*"],
	});
});

test("signing and calls can be two roles: together they have the rights of one", () => {
	const table = { "a/*path": { tags: { a: "b" }, authorizeRead: "public" as const } };
	const signing = rightsOf(table, "signing-role");
	const control = rightsOf(table, "control-role");
	expect(Object.keys(signing)).toEqual(["s3:PutObject", "s3:PutObjectTagging", "s3:GetObject"]);
	expect(Object.keys({ ...signing, ...control }).toSorted()).toEqual(
		Object.keys(rightsOf(table)).toSorted(),
	);
	// the keys in upload URLs alone read nothing
	expect(Object.keys(rightsOf(exampleUploads, "signing-role"))).toEqual(["s3:PutObject"]);
});

test("plain URLs alone need s3:PutObject alone", () => {
	expect(rightsOf(exampleUploads, "role", { plain: true, staged: false })).toEqual({
		"s3:PutObject": ["users/*/*"],
	});
});

test("staged() needs to read, copy and delete below .skyput/", () => {
	expect(rightsOf(exampleUploads, "role", { plain: false, staged: true })).toMatchObject({
		"s3:PutObject": [".skyput/*", "users/*/*"],
		"s3:GetObject": [".skyput/*", "users/*/*"],
		"s3:GetObjectVersion": [".skyput/*"],
		"s3:DeleteObject": [".skyput/*"],
	});
});

test("with quarantine, URLs write to the quarantine alone, and the processor promotes", () => {
	const quarantined = { "users/:userId/*path": { quarantine: true, acl: "private" } };
	expect(rightsOf(quarantined, "signing-role")).toEqual({
		"s3:PutObject": [".skyput/quarantine/*"],
	});
	const control = rightsOf(quarantined, "control-role");
	expect(control).toMatchObject({
		"s3:PutObject": [".skyput/quarantine/*"],
		"s3:GetObject": [".skyput/quarantine/*", ".skyput/verdicts/*", "users/*/*"],
	});
	expect(control).not.toHaveProperty("s3:PutObjectAcl");
	const processor = rightsOf(quarantined, "processor-role");
	expect(processor).toMatchObject({
		"s3:GetObjectVersion": [".skyput/quarantine/*"],
		"s3:DeleteObject": [".skyput/quarantine/*", ".skyput/scanning/*", "users/*/*"],
		"s3:DeleteObjectVersion": [".skyput/quarantine/*", "users/*/*"],
		"s3:PutObject": [".skyput/scanning/*", ".skyput/verdicts/*", "users/*/*"],
		"s3:PutObjectTagging": [".skyput/quarantine/*", "users/*/*"],
		"s3:PutObjectAcl": ["users/*/*"],
	});
	expect(rightsOf(exampleUploads, "processor-role")).toEqual({});
});

test("only the processor deletes at the final keys, what is rejected after it was copied", () => {
	const rule = { quarantine: true, onComplete: () => undefined };
	expect(rightsOf({ "users/:userId/*path": rule }, "role")).not.toHaveProperty("s3:DeleteObject");
});

test("what means something else in a policy is escaped", () => {
	expect(rightsOf({ "what?/$x/*path": {} })["s3:PutObject"]).toEqual([`what\${?}/\${$}x/*`]);
});

test.each([
	["1-2-3", "arn:aws:kms:*:*:key/1-2-3", {}],
	["arn:aws:kms:eu-west-1:1:key/a", "arn:aws:kms:eu-west-1:1:key/a", {}],
	[
		"alias/uploads",
		"arn:aws:kms:*:*:key/*",
		{ "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/uploads" } },
	],
	[
		"arn:aws:kms:eu-west-1:1:alias/uploads",
		"arn:aws:kms:eu-west-1:1:key/*",
		{ "ForAnyValue:StringEquals": { "kms:ResourceAliases": "alias/uploads" } },
	],
])("the KMS key %s is used by way of S3 only", (kmsKeyId, Resource, condition) => {
	const { Statement } = documentOf(
		{ "a/*path": { encryption: { kmsKeyId } } },
		"signing-role",
		server,
	) as { Statement: object[] };
	expect(Statement.at(-1)).toEqual({
		Effect: "Allow",
		Action: ["kms:GenerateDataKey", "kms:Decrypt"],
		Resource: [Resource],
		Condition: { StringLike: { "kms:ViaService": "s3.*.amazonaws.com" }, ...condition },
	});
});

test.each([
	["a/*", "a/b", true],
	["a/*/b", "a/*/c/*", true],
	["a/*/b", "a/*/c", false],
	["*", "", true],
	["a*", "*b", true],
	["a", "b", false],
	["a/*", "b/*", false],
])("%s and %s overlap: %s", (a, b, expected) => {
	expect([keysOverlap(a, b), keysOverlap(b, a)]).toEqual([expected, expected]);
});

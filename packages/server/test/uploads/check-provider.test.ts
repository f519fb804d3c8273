import * as v from "valibot";
import { expect, test } from "vitest";
import type { ProviderCapabilities } from "../../src/capabilities.js";
import type { PresignProvider } from "../../src/provider.js";
import { s3Provider } from "../../src/providers/s3/provider.js";
import { checkProvider } from "../../src/uploads/check-provider.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import type { UploadRule } from "../../src/uploads/rule.js";
import { createBody, serve } from "../support/call.js";
import { abilities, memoryProvider } from "../support/memory-provider.js";

function check(
	rule: UploadRule,
	capabilities: Partial<ProviderCapabilities> = {},
	extra: Partial<PresignProvider> = {},
): () => void {
	const uploads = defineUploads({ "files/*path": { authorize: "public", ...rule } });
	const provider = { ...memoryProvider({ ...abilities, ...capabilities }), ...extra };
	return () => checkProvider(uploads, provider, { post: true });
}

test("a part URL that reaches the whole object is refused unless objects may be overwritten", () => {
	const reaches = { partUrl: "object" } as const;
	for (const rule of [{}, { key: () => "files/1" }]) {
		const refused = /"files\/\*path" .*URL of a part.*staged\(provider\).*overwrite: true.*maxSize/;
		expect(check(rule, reaches)).toThrow(refused);
	}
	expect(check({ overwrite: true }, reaches)).not.toThrow();
	expect(check({ maxSize: "100 MB" }, reaches)).not.toThrow();
	expect(check({})).not.toThrow();
});

test("staged() is a way out where copies are create-only, and only there", () => {
	const overwrites = { createOnly: { single: "enforced", multipart: "none" } } as const;
	const copy = { createOnly: false, pinned: false, maxSize: 0 };
	expect(check({}, overwrites)).toThrow(/multipart uploads.*staged\(provider\)/);
	expect(check({}, { ...overwrites, copy })).toThrow(/multipart uploads\. (?!.*staged)/);
});

test("metadata that the storage cannot name is refused, in the table or with the upload", async () => {
	const metadata = v.object({ "made-by": v.string(), title: v.string() });
	const identifiers = { metadataNames: "identifiers" } as const;
	expect(check({ metadata }, identifiers)).toThrow(/"files\/\*path" has the metadata "made-by",/);
	expect(check({ metadata })).not.toThrow();
	const loose = v.record(v.string(), v.string());
	expect(check({ metadata: loose }, identifiers)).not.toThrow();
	const server = serve({
		uploads: defineUploads({ "files/*path": { authorize: "public", metadata: loose } }),
		provider: memoryProvider({ ...abilities, ...identifiers }),
	});
	const upload = (entries: object) =>
		server.post("", createBody("files/a", 5, { metadata: entries }));
	expect(await upload({ "made-by": "me" })).toMatchObject({
		status: 400,
		body: { code: "invalid-request", errors: [{ field: "metadata.made-by" }] },
	});
	expect((await upload({ made_by: "me" })).status).toBe(201);
});

test("an ACL is refused where a policy denies it to the keys that sign", () => {
	const denied = { unsignedHeaders: "denied-by-policy" } as const;
	const rule = { acl: "bucket-owner-full-control" };
	expect(check(rule, {}, denied)).toThrow(/"files\/\*path" has an acl/);
	expect(check(rule, {}, { ...denied, signsSeparately: true })).not.toThrow();
});

test("keys that sign are told from those of the calls", () => {
	const credentials = { accessKeyId: "A", secretAccessKey: "s" };
	const other = { accessKeyId: "B", secretAccessKey: "s" };
	const separate = (options: object) =>
		s3Provider({ bucket: "uploads", region: "eu-west-1", ...options }).signsSeparately;
	expect(separate({ credentials })).toBe(false);
	expect(separate({ credentials, signingCredentials: { ...credentials } })).toBe(false);
	expect(separate({ credentials, signingCredentials: other })).toBe(true);
	expect(separate({ signingCredentials: other })).toBe(true);
});

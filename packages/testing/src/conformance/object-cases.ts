import { codeOf, pattern } from "./material.js";
import type { ProviderCase } from "./provider-case.js";
import { place, readBack, whatIsStored } from "./single-upload.js";

const always = (): boolean => true;
const size = 4096;

/** Cases about capabilities, GET, HEAD and DELETE. */
export const objectCases: readonly ProviderCase[] = [
	{
		name: "the capabilities are numbers and lists that fit together",
		capability: "contract",
		refuses: false,
		expected: { wrong: "" },
		applies: always,
		async run({ provider }) {
			const { single, multipart, checksums, copy, signing, cors } = provider.capabilities;
			const isCount = (n: unknown): boolean => Number.isInteger(n) && Number(n) > 0;
			const checks: readonly (readonly [right: boolean, name: string])[] = [
				[Number.isInteger(single.maxSize) && single.maxSize >= 0, "single.maxSize"],
				[multipart !== false || single.maxSize > 0, "multipart"],
				[isCount(signing.maxWindow), "signing.maxWindow"],
				[isCount(signing.maxExpiresIn) && signing.maxExpiresIn <= 604_800, "signing.maxExpiresIn"],
				[copy.maxSize >= 0 && (copy.maxSize > 0 || !copy.createOnly), "copy"],
				[cors.methods.includes("PUT"), "cors.methods"],
				[!checksums.object.some((name) => !name.startsWith("crc")), "checksums.object"],
				...(multipart === false
					? []
					: ([
							[isCount(multipart.uploadLife), "multipart.uploadLife"],
							[isCount(multipart.minPartSize), "multipart.minPartSize"],
							[isCount(multipart.maxParts), "multipart.maxParts"],
							[multipart.maxPartSize >= multipart.minPartSize, "multipart.maxPartSize"],
							[multipart.maxObjectSize >= multipart.minPartSize, "multipart.maxObjectSize"],
						] as const)),
			];
			return { wrong: checks.flatMap(([right, name]) => (right ? [] : [name])).join() };
		},
	},
	{
		name: "metadata names that the storage cannot keep are unsupported",
		capability: "metadataNames",
		refuses: true,
		expected: { single: "unsupported", multipart: "unsupported" },
		applies: ({ metadataNames }) => metadataNames === "identifiers",
		async run({ provider, key }) {
			const spec = { key: key("name"), size, metadata: { "made-by": "suite" } };
			const single = provider.signUpload(spec, { expiresIn: 300, createOnly: false });
			const isDivided = provider.capabilities.multipart !== false;
			return {
				single: await codeOf(single),
				multipart: isDivided
					? await codeOf(provider.createMultipart(spec, { createOnly: false }))
					: "unsupported",
			};
		},
	},
	{
		name: "a download carries the disposition and type that were asked for",
		capability: "contract",
		refuses: false,
		expected: {
			disposition: "attachment; filename=\"a;.txt\"; filename*=UTF-8''%E6%97%A5.txt",
			type: "text/x-test",
		},
		applies: always,
		async run(context) {
			const key = context.key("download");
			await place(context, key, pattern(size), { contentType: "image/png" });
			const signed = await context.provider.signDownload(key, {
				expiresIn: 300,
				contentDisposition: "attachment; filename=\"a;.txt\"; filename*=UTF-8''%E6%97%A5.txt",
				contentType: "text/x-test",
			});
			const { headers } = await context.send(signed);
			return {
				disposition: headers.get("content-disposition") ?? null,
				type: headers.get("content-type") ?? null,
			};
		},
	},
	{
		name: "head of a key without an object resolves to null",
		capability: "contract",
		refuses: false,
		expected: { head: null },
		applies: always,
		async run({ provider, key }) {
			const found = await provider.head(key("nothing"));
			return { head: found === null ? null : JSON.stringify(found) };
		},
	},
	{
		name: "head returns the metadata that was stored",
		capability: "contract",
		refuses: false,
		expected: { metadata: 'suite {"a":"\\u00e4"}' },
		applies: always,
		async run(context) {
			const key = context.key("metadata");
			const metadata = { skyput: 'suite {"a":"\\u00e4"}' };
			await place(context, key, pattern(size), { metadata });
			const found = await context.provider.head(key);
			return { metadata: found?.metadata?.["skyput"] ?? null };
		},
	},
	{
		name: "deleting is idempotent",
		capability: "contract",
		refuses: false,
		expected: { first: "ok", second: "ok", stored: "nothing" },
		applies: always,
		async run(context) {
			const key = context.key("deleted");
			await place(context, key, pattern(size));
			return {
				first: await codeOf(context.provider.delete(key)),
				second: await codeOf(context.provider.delete(key)),
				stored: await whatIsStored(context, key, {}),
			};
		},
	},
	{
		name: "deleting with the etag of another object is a conflict and keeps the object",
		capability: "conditionalDelete",
		refuses: true,
		expected: { code: "conflict", stored: "first" },
		applies: always,
		async run(context) {
			const key = context.key("kept");
			const first = pattern(size);
			const { etag } = await place(context, key, first);
			await place(context, key, pattern(size, 2));
			const code = await codeOf(
				context.provider.delete(key, { ifMatch: etag ?? `"${"0".repeat(32)}"` }),
			);
			return { code, stored: (await readBack(context, key)).status === 200 ? "first" : "nothing" };
		},
	},
	{
		name: "deleting with the etag of the object deletes it",
		capability: "conditionalDelete",
		refuses: false,
		expected: { code: "ok", stored: "nothing" },
		applies: always,
		async run(context) {
			const key = context.key("pinned");
			await place(context, key, pattern(size));
			const ifMatch = (await context.provider.head(key))?.etag;
			const code = await codeOf(context.provider.delete(key, { ifMatch }));
			return { code, stored: await whatIsStored(context, key, {}) };
		},
	},
];

import type { ObjectInfo } from "@skyput/server/provider";
import { codeOf, madeBy, metadataOf, pattern } from "./material.js";
import type { ProviderCase, ProviderContext } from "./provider-case.js";
import { place, readBack, whatIsStored } from "./single-upload.js";

const size = 4096;

/** Cases about copies inside of the storage. */
export const copyCases: readonly ProviderCase[] = [
	{
		name: "a copy keeps the bytes, the type, the metadata and the upload id of its source",
		capability: "copy",
		refuses: false,
		expected: { stored: "source", type: "image/png", metadata: "suite", uploadId: "id-1" },
		applies: ({ copy }) => copy.maxSize > 0,
		async run(context) {
			const { provider } = context;
			const [from, to] = [context.key("copy ü?.from"), context.key("copy ü&.to")];
			const source = pattern(size);
			const name = madeBy(provider.capabilities);
			const spec = { contentType: "image/png", uploadId: "id-1", metadata: { [name]: "suite" } };
			await place(context, from, source, spec);
			const found = await provider.head(from);
			if (found)
				await provider.copy(found, to, { createOnly: provider.capabilities.copy.createOnly });
			const read = await readBack(context, to);
			return {
				stored: await whatIsStored(context, to, { source }),
				type: read.headers.get("content-type") ?? null,
				metadata: metadataOf(read, name),
				uploadId: (await provider.head(to))?.uploadId ?? null,
			};
		},
	},
	{
		name: "a copy with a spec stores what the spec says",
		capability: "copy",
		refuses: false,
		expected: { stored: "source", type: "image/png", uploadId: "id-2" },
		applies: ({ copy }) => copy.maxSize > 0,
		async run(context) {
			const { provider } = context;
			const [from, to] = [context.key("spec.from"), context.key("spec.to")];
			const source = pattern(size);
			await placed(context, from, source, { contentType: "text/plain", uploadId: "id-1" }).then(
				(info) => {
					const spec = { key: to, size, contentType: "image/png", uploadId: "id-2" };
					return provider.copy(info, to, { createOnly: false, spec });
				},
			);
			const { headers } = await readBack(context, to);
			return {
				stored: await whatIsStored(context, to, { source }),
				type: headers.get("content-type") ?? null,
				uploadId: (await provider.head(to))?.uploadId ?? null,
			};
		},
	},
	{
		name: "a create-only copy refuses to overwrite and keeps the object",
		capability: "copy",
		refuses: true,
		expected: { free: "ok", taken: "already-exists", stored: "first" },
		applies: ({ copy }) => copy.createOnly,
		async run(context) {
			const { provider } = context;
			const [from, to, free] = [context.key("from"), context.key("to"), context.key("free")];
			const first = pattern(size, 1);
			await place(context, to, first);
			const source = await placed(context, from, pattern(size, 2));
			return {
				free: await codeOf(provider.copy(source, free, { createOnly: true })),
				taken: await codeOf(provider.copy(source, to, { createOnly: true })),
				stored: await whatIsStored(context, to, { first }),
			};
		},
	},
	{
		name: "a create-only copy is unsupported where copies overwrite",
		capability: "copy",
		refuses: true,
		expected: { code: "unsupported", stored: "nothing" },
		applies: ({ copy }) => !copy.createOnly,
		async run(context) {
			const { provider } = context;
			const to = context.key("overwrites.to");
			const source = await placed(context, context.key("overwrites.from"), pattern(size));
			const code = await codeOf(provider.copy(source, to, { createOnly: true }));
			return { code, stored: await whatIsStored(context, to, {}) };
		},
	},
	{
		name: "a source that was replaced or deleted is not copied",
		capability: "copy",
		refuses: true,
		expected: { replaced: "conflict", deleted: "not-found", stored: "nothing" },
		applies: ({ copy }) => copy.maxSize > 0,
		async run(context) {
			const { provider } = context;
			const [from, to] = [context.key("changed.from"), context.key("changed.to")];
			const { version: _, ...source } = await placed(context, from, pattern(size, 1));
			await place(context, from, pattern(size, 2));
			const replaced = await codeOf(provider.copy(source, to, { createOnly: false }));
			await provider.delete(from);
			const deleted = await codeOf(provider.copy(source, to, { createOnly: false }));
			return { replaced, deleted, stored: await whatIsStored(context, to, {}) };
		},
	},
	{
		name: "a source larger than the storage can copy is unsupported",
		capability: "copy",
		refuses: true,
		expected: { code: "unsupported", stored: "nothing" },
		applies: ({ copy, single, multipart }) =>
			copy.maxSize < Math.max(single.maxSize, multipart === false ? 0 : multipart.maxObjectSize),
		async run(context) {
			const { provider } = context;
			const to = context.key("large.to");
			const info = { key: context.key("large.from"), size: provider.capabilities.copy.maxSize + 1 };
			const source = { ...info, etag: '"x"', checksums: [] };
			const code = await codeOf(provider.copy(source, to, { createOnly: false }));
			return { code, stored: await whatIsStored(context, to, {}) };
		},
	},
];

/** Stores an object, and returns what head says of it. */
async function placed(
	context: ProviderContext,
	...[key, body, spec]: readonly [string, Uint8Array, object?]
): Promise<ObjectInfo> {
	await place(context, key, body, spec);
	const info = await context.provider.head(key);
	if (info) return info;
	throw new Error("An object was stored, and is not there");
}

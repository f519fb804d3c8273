import { codeOf, pattern } from "./material.js";
import { begin, commitOptions, inParts, partedFile, sendAll, videoSpec } from "./parted-upload.js";
import type { ProviderCase, ProviderContext } from "./provider-case.js";
import { place, whatIsStored } from "./single-upload.js";

/** Cases about commits that must be refused. */
export const refusedCompletionCases: readonly ProviderCase[] = [
	{
		name: "completing with a receipt that no part has is refused",
		capability: "multipart",
		refuses: true,
		expected: { code: "invalid-parts", stored: "nothing" },
		applies: inParts,
		async run(context) {
			const file = partedFile(context, 1);
			const key = context.key("receipt");
			const ref = await begin(context, key);
			await sendAll(context, ref, file);
			const parts = [{ partNumber: 1, receipt: `"${"0".repeat(32)}"` }];
			const complete = context.provider.completeMultipart(
				ref,
				parts,
				commitOptions(ref, file.bytes.length),
			);
			return { code: await codeOf(complete), stored: await whatIsStored(context, key, {}) };
		},
	},
	{
		name: "completing with a part that was never sent is refused",
		capability: "multipart",
		refuses: true,
		expected: { code: "invalid-parts", stored: "nothing" },
		applies: inParts,
		async run(context) {
			const key = context.key("missing-part");
			const file = partedFile(context, 2);
			const ref = await begin(context, key);
			const sent = await sendAll(context, ref, file);
			const parts = [...sent, { partNumber: 3, receipt: sent[0]?.receipt ?? "" }];
			const complete = context.provider.completeMultipart(
				ref,
				parts,
				commitOptions(ref, file.bytes.length),
			);
			return { code: await codeOf(complete), stored: await whatIsStored(context, key, {}) };
		},
	},
	{
		name: "completing with another total than that of the parts is refused",
		capability: "enforce.totalSize",
		refuses: true,
		expected: { code: "invalid-parts", stored: "nothing" },
		applies: ({ multipart, enforce }) => multipart !== false && enforce.totalSize === "at-complete",
		async run(context) {
			const key = context.key("total");
			const file = partedFile(context, 1);
			const ref = await begin(context, key);
			const parts = await sendAll(context, ref, file);
			const options = commitOptions(ref, file.bytes.length + 1);
			const code = await codeOf(context.provider.completeMultipart(ref, parts, options));
			return { code, stored: await whatIsStored(context, key, {}) };
		},
	},
	{
		name: "completing create-only stores a new object, and refuses to overwrite one",
		capability: "createOnly.multipart",
		refuses: true,
		expected: { free: "ok", taken: "already-exists", stored: "first" },
		applies: ({ createOnly, multipart }) =>
			multipart !== false && createOnly.multipart === "at-complete",
		async run(context) {
			const key = context.key("taken");
			const first = pattern(10, 7);
			await place(context, key, first);
			return {
				free: await completeCreateOnly(context, context.key("free")),
				taken: await completeCreateOnly(context, key),
				stored: await whatIsStored(context, key, { first }),
			};
		},
	},
	{
		name: "create-only in parts is unsupported where the commit overwrites",
		capability: "createOnly.multipart",
		refuses: true,
		expected: { taken: "unsupported", stored: "first" },
		applies: ({ createOnly, multipart }) => multipart !== false && createOnly.multipart === "none",
		async run(context) {
			const key = context.key("overwritten");
			const first = pattern(10, 7);
			await place(context, key, first);
			const taken = await completeCreateOnly(context, key);
			return { taken, stored: await whatIsStored(context, key, { first }) };
		},
	},
];
/** The code with which a create-only upload of one part ends, from its beginning on. */
async function completeCreateOnly(context: ProviderContext, key: string): Promise<string> {
	const { provider } = context;
	const file = partedFile(context, 1);
	const spec = videoSpec(key, file.bytes.length);
	return codeOf(
		provider.createMultipart(spec, { createOnly: true }).then(async (ref) => {
			const parts = await sendAll(context, ref, file);
			try {
				return await provider.completeMultipart(ref, parts, { spec, createOnly: true });
			} finally {
				await provider.abortMultipart(ref);
			}
		}),
	);
}

import { codeOf, pattern, verdict } from "./material.js";
import type { ProviderCase } from "./provider-case.js";
import { bySingle, place, signedPut, whatIsStored } from "./single-upload.js";

const size = 4096;

/** Cases about create-only single uploads. */
export const createOnlyCases: readonly ProviderCase[] = [
	{
		name: "create-only refuses the second upload and keeps the first",
		capability: "createOnly.single",
		refuses: true,
		expected: { first: "ok", second: "refused", stored: "first" },
		applies: (can) => bySingle(can) && can.createOnly.single === "enforced",
		async run(context) {
			const key = context.key("once");
			const [first, second] = [pattern(size, 1), pattern(size, 2)];
			const request = await signedPut(context, key, first, { createOnly: true });
			return {
				first: verdict(await context.send(request)),
				second: verdict(await context.send({ ...request, body: second })),
				stored: await whatIsStored(context, key, { first, second }),
			};
		},
	},
	{
		name: "create-only keeps the object from a client that drops the headers",
		capability: "createOnly.single",
		refuses: true,
		expected: { second: "refused", stored: "first" },
		applies: (can) => bySingle(can) && can.createOnly.single === "enforced",
		async run(context) {
			const key = context.key("dropped");
			const [first, second] = [pattern(size, 1), pattern(size, 2)];
			await place(context, key, first);
			const request = await signedPut(context, key, second, { createOnly: true });
			return {
				second: verdict(await context.send({ ...request, headers: {} })),
				stored: await whatIsStored(context, key, { first, second }),
			};
		},
	},
	{
		name: "create-only is unsupported where the storage overwrites",
		capability: "createOnly.single",
		refuses: true,
		expected: { code: "unsupported" },
		applies: (can) => bySingle(can) && can.createOnly.single === "none",
		run: async (context) => ({
			code: await codeOf(signedPut(context, context.key("x"), pattern(1), { createOnly: true })),
		}),
	},
];

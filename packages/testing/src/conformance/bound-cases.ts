import { pattern, verdict } from "./material.js";
import type { Facts, ProviderCase, ProviderContext } from "./provider-case.js";
import { bySingle, readBack, signedPut, whatIsStored } from "./single-upload.js";

const size = 4096;

/** Cases about the length and type that a URL binds. */
export const boundCases: readonly ProviderCase[] = [
	{
		name: "a body longer than signed is refused",
		capability: "enforce.singleSize",
		refuses: true,
		expected: { put: "refused", stored: "nothing" },
		applies: (can) => bySingle(can) && can.enforce.singleSize === "exact",
		run: (context) => sendOther(context, pattern(size + 1)),
	},
	{
		name: "a body shorter than signed is refused",
		capability: "enforce.singleSize",
		refuses: true,
		expected: { put: "refused", stored: "nothing" },
		applies: (can) => bySingle(can) && can.enforce.singleSize === "exact",
		run: (context) => sendOther(context, pattern(size - 1)),
	},
	{
		name: "where a URL binds no length, head tells the one that is stored",
		capability: "enforce.singleSize",
		refuses: false,
		expected: { size: size + 1 },
		applies: (can) => bySingle(can) && can.enforce.singleSize === "none",
		async run(context) {
			const key = context.key("longer");
			const request = await signedPut(context, key, pattern(size));
			await context.send({ ...request, body: pattern(size + 1) });
			return { size: (await context.provider.head(key))?.size ?? null };
		},
	},
	{
		name: "another content type than the signed one is refused",
		capability: "enforce.contentType",
		refuses: true,
		expected: { put: "refused", stored: "nothing" },
		applies: (can) => bySingle(can) && can.enforce.contentType === "signed",
		run: (context) => sendOther(context, pattern(size), { "content-type": "text/html" }),
	},
	{
		name: "where a URL binds no type, head tells the one that is stored",
		capability: "enforce.contentType",
		refuses: false,
		expected: { type: "the stored one" },
		applies: (can) => bySingle(can) && can.enforce.contentType === "none",
		async run(context) {
			const key = context.key("typed");
			const request = await signedPut(context, key, pattern(size), { contentType: "image/png" });
			const headers = Object.entries(request.headers).map(([name, value]) => [
				name,
				value === "image/png" ? "text/html" : value,
			]);
			await context.send({ ...request, headers: Object.fromEntries(headers) });
			const reported = (await context.provider.head(key))?.contentType;
			const { headers: read } = await readBack(context, key);
			return { type: reported === read.get("content-type") ? "the stored one" : String(reported) };
		},
	},
];
/** Signs a PUT of `size` bytes of a PNG and sends something else. */
async function sendOther(
	context: ProviderContext,
	body: Uint8Array,
	headers: Readonly<Record<string, string>> = {},
): Promise<Facts> {
	const key = context.key("other");
	const request = await signedPut(context, key, pattern(size), { contentType: "image/png" });
	const put = await context.send({ ...request, body, headers: { ...request.headers, ...headers } });
	return { put: verdict(put), stored: await whatIsStored(context, key, {}) };
}

import type { ProviderCase } from "./provider-case.js";
import { codeOf, pattern, signedPut, stored } from "./uploads.js";

const always = (): boolean => true;
const size = 4096;

/** Cases about GET, HEAD and DELETE. */
export const objectCases: readonly ProviderCase[] = [
	{
		name: "a download carries the disposition and type that were asked for",
		refuses: false,
		expected: 'attachment; filename="a.txt", text/x-test',
		applies: always,
		async run(context) {
			const key = context.key("download");
			await context.send(await signedPut(context, key, pattern(size)));
			const signed = await context.provider.signDownload(key, {
				expiresIn: 300,
				contentDisposition: 'attachment; filename="a.txt"',
				contentType: "text/x-test",
			});
			const { headers } = await context.send({ ...signed });
			return `${headers.get("content-disposition")}, ${headers.get("content-type")}`;
		},
	},
	{
		name: "head of a key without an object resolves to null",
		refuses: false,
		expected: "null",
		applies: always,
		run: async (context) => String(await context.provider.head(context.key("nothing"))),
	},
	{
		name: "deleting is idempotent",
		refuses: false,
		expected: "ok, ok, nothing stored",
		applies: always,
		async run(context) {
			const key = context.key("deleted");
			await context.send(await signedPut(context, key, pattern(size)));
			const first = await codeOf(context.provider.delete(key));
			const second = await codeOf(context.provider.delete(key));
			return `${first}, ${second}, ${await stored(context, key)}`;
		},
	},
	{
		name: "deleting with the etag of another object keeps the object",
		refuses: true,
		expected: "something stored",
		applies: always,
		async run(context) {
			const key = context.key("kept");
			await context.send(await signedPut(context, key, pattern(size)));
			const ifMatch = `"${"0".repeat(32)}"`;
			// the provider may throw or not
			await codeOf(context.provider.delete(key, { ifMatch }));
			return await stored(context, key);
		},
	},
];

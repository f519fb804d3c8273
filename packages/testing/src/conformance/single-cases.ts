import type { ProviderCase, ProviderContext } from "./provider-case.js";
import { pattern, readBack, same, signedPut, stored, verdict } from "./uploads.js";

const always = (): boolean => true;
const size = 4096;

/** Cases about single uploads. */
export const singleCases: readonly ProviderCase[] = [
	{
		name: "a signed upload stores exactly the bytes, the type and the stamp",
		refuses: false,
		expected: "ok, same bytes, same type, same stamp, same size",
		applies: always,
		async run(context) {
			const key = context.key("single");
			const body = pattern(size);
			const spec = { contentType: "image/png", uploadId: "stamp-of-the-upload" };
			const put = await context.send(await signedPut(context, key, body, spec));
			const read = await readBack(context, key);
			const info = await context.provider.head(key);
			return [
				verdict(put),
				same(read.body, body) ? "same bytes" : "other bytes",
				read.headers.get("content-type") === "image/png" ? "same type" : "other type",
				info?.uploadId === spec.uploadId ? "same stamp" : "other stamp",
				info?.size === size ? "same size" : "other size",
			].join(", ");
		},
	},
	{
		name: "metadata, cache control and disposition come back with the object",
		refuses: false,
		expected: "ok, max-age=60, attachment",
		applies: always,
		async run(context) {
			const key = context.key("attributes");
			const spec = {
				contentType: "text/plain",
				cacheControl: "max-age=60",
				contentDisposition: "attachment",
				metadata: { "made-by": "conformance" },
			};
			const put = await context.send(await signedPut(context, key, pattern(size), spec));
			const { headers } = await readBack(context, key);
			return [verdict(put), headers.get("cache-control"), headers.get("content-disposition")].join(
				", ",
			);
		},
	},
	{
		name: "an empty file is stored as an empty object",
		refuses: false,
		expected: "ok, 0",
		applies: always,
		async run(context) {
			const key = context.key("empty");
			const put = await context.send(await signedPut(context, key, pattern(0)));
			return `${verdict(put)}, ${(await context.provider.head(key))?.size}`;
		},
	},
	{
		name: "keys with spaces, punctuation and letters of other scripts are stored unchanged",
		refuses: false,
		expected: "ok, same bytes",
		applies: always,
		async run(context) {
			const key = context.key("a b+c/ü~(1)!'*%2F&=;,@$/日本語/😀.txt");
			const body = pattern(10);
			const put = await context.send(await signedPut(context, key, body));
			const read = await readBack(context, key);
			return `${verdict(put)}, ${same(read.body, body) ? "same bytes" : "other bytes"}`;
		},
	},
	{
		name: "a body longer than signed is refused",
		refuses: true,
		expected: "refused, nothing stored",
		applies: ({ enforce }) => enforce.singleSize === "exact",
		run: (context) => sendOther(context, pattern(size + 1)),
	},
	{
		name: "a body shorter than signed is refused",
		refuses: true,
		expected: "refused, nothing stored",
		applies: ({ enforce }) => enforce.singleSize === "exact",
		run: (context) => sendOther(context, pattern(size - 1)),
	},
	{
		name: "another content type than the signed one is refused",
		refuses: true,
		expected: "refused, nothing stored",
		applies: ({ enforce }) => enforce.contentType === "signed",
		run: (context) => sendOther(context, pattern(size), { "content-type": "text/html" }),
	},
	{
		name: "a URL used for another key is refused",
		refuses: true,
		expected: "refused, nothing stored",
		applies: always,
		async run(context) {
			const key = context.key("signed");
			const other = key.replace("signed", "stolen");
			const request = await signedPut(context, key, pattern(size));
			const url = request.url.replace("signed", "stolen");
			const outcome = verdict(await context.send({ ...request, url }));
			return `${outcome}, ${await stored(context, other)}`;
		},
	},
	{
		name: "a URL is refused after it has expired",
		refuses: true,
		expected: "refused, nothing stored",
		applies: always,
		async run(context) {
			const key = context.key("late");
			const request = await signedPut(context, key, pattern(size), { expiresIn: 1 });
			// the clock of a real storage cannot be set; a slow machine only waits longer
			await new Promise((resolve) => setTimeout(resolve, 2_100));
			return `${verdict(await context.send(request))}, ${await stored(context, key)}`;
		},
	},
	{
		name: "a URL for writing cannot read",
		refuses: true,
		expected: "refused",
		applies: always,
		async run(context) {
			const key = context.key("write-only");
			const request = await signedPut(context, key, pattern(size));
			await context.send(request);
			const { url, headers } = request;
			return verdict(await context.send({ method: "GET", url, headers }));
		},
	},
	{
		name: "a URL for reading cannot write",
		refuses: true,
		expected: "refused, nothing stored",
		applies: always,
		async run(context) {
			const key = context.key("read-only");
			const { url, headers } = await context.provider.signDownload(key, { expiresIn: 300 });
			const put = await context.send({ method: "PUT", url, headers, body: pattern(size) });
			return `${verdict(put)}, ${await stored(context, key)}`;
		},
	},
];

/** Signs a PUT of `size` bytes of a PNG and sends something else. */
async function sendOther(
	context: ProviderContext,
	body: Uint8Array,
	headers: Readonly<Record<string, string>> = {},
): Promise<string> {
	const key = context.key("other");
	const request = await signedPut(context, key, pattern(size), { contentType: "image/png" });
	const put = await context.send({
		...request,
		body,
		headers: { ...request.headers, ...headers },
	});
	return `${verdict(put)}, ${await stored(context, key)}`;
}

import type { Facts, ProviderCase, ProviderContext } from "./provider-case.js";
import {
	bySingle,
	codeOf,
	madeBy,
	metadataOf,
	pattern,
	place,
	readBack,
	signedPut,
	verdict,
	whatIsStored,
} from "./uploads.js";

const always = (): boolean => true;
const size = 4096;

/** Cases about single uploads. */
export const singleCases: readonly ProviderCase[] = [
	{
		name: "a signed upload stores exactly the bytes, the type and the upload id",
		capability: "contract",
		refuses: false,
		expected: {
			put: "ok",
			receipt: "as named",
			stored: "sent",
			type: "image/png",
			uploadId: "id-1",
			size,
		},
		applies: bySingle,
		async run(context) {
			const key = context.key("single");
			const body = pattern(size);
			const spec = { key, size, contentType: "image/png", uploadId: "id-1" };
			const signed = await context.provider.signUpload(spec, { expiresIn: 300, createOnly: false });
			const put = await context.send({ ...signed, body });
			const receipt =
				signed.receiptHeader === null || put.headers.has(signed.receiptHeader.toLowerCase());
			const read = await readBack(context, key);
			const info = await context.provider.head(key);
			return {
				put: verdict(put),
				receipt: receipt ? "as named" : "missing",
				stored: await whatIsStored(context, key, { sent: body }),
				type: read.headers.get("content-type") ?? null,
				uploadId: info?.uploadId ?? null,
				size: info?.size ?? null,
			};
		},
	},
	{
		name: "metadata, cache control and disposition come back with the object",
		capability: "contract",
		refuses: false,
		expected: {
			put: "ok",
			cacheControl: "max-age=60",
			disposition: "attachment",
			metadata: "suite",
		},
		applies: bySingle,
		async run(context) {
			const key = context.key("attributes");
			const name = madeBy(context.provider.capabilities);
			const spec = {
				contentType: "text/plain",
				cacheControl: "max-age=60",
				contentDisposition: "attachment",
				metadata: { [name]: "suite" },
			};
			const put = await context.send(await signedPut(context, key, pattern(size), spec));
			const read = await readBack(context, key);
			return {
				put: verdict(put),
				cacheControl: read.headers.get("cache-control") ?? null,
				disposition: read.headers.get("content-disposition") ?? null,
				metadata: metadataOf(read, name),
			};
		},
	},
	{
		name: "an empty file is stored as an empty object",
		capability: "contract",
		refuses: false,
		expected: { put: "ok", size: 0 },
		applies: always,
		async run(context) {
			const key = context.key("empty");
			const put = bySingle(context.provider.capabilities)
				? verdict(await context.send(await signedPut(context, key, pattern(0))))
				: await codeOf(place(context, key, pattern(0)));
			return { put, size: (await context.provider.head(key))?.size ?? null };
		},
	},
	{
		name: "a URL without a size takes a body of any length",
		capability: "contract",
		refuses: false,
		expected: { put: "ok", size: 123 },
		applies: bySingle,
		async run(context) {
			const key = context.key("open");
			const put = await context.send(await signedPut(context, key, pattern(123), { size: null }));
			return { put: verdict(put), size: (await context.provider.head(key))?.size ?? null };
		},
	},
	{
		name: "keys with spaces, punctuation and letters of other scripts are stored unchanged",
		capability: "contract",
		refuses: false,
		expected: { stored: "sent" },
		applies: always,
		async run(context) {
			const key = context.key("a b+c/ü~(1)!'*%2F&=;,@$/日本語/😀.txt");
			const body = pattern(10);
			await place(context, key, body);
			return { stored: await whatIsStored(context, key, { sent: body }) };
		},
	},
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
			const told = (await context.provider.head(key))?.contentType;
			const { headers: read } = await readBack(context, key);
			return { type: told === read.get("content-type") ? "the stored one" : String(told) };
		},
	},
	{
		name: "a URL used for another key is refused",
		capability: "contract",
		refuses: true,
		expected: { put: "refused", stored: "nothing" },
		applies: bySingle,
		async run(context) {
			const key = context.key("signed");
			const other = key.replace("signed", "stolen");
			const request = await signedPut(context, key, pattern(size));
			const url = request.url.replace("signed", "stolen");
			const put = verdict(await context.send({ ...request, url }));
			return { put, stored: await whatIsStored(context, other, {}) };
		},
	},
	{
		name: "a URL without its query is refused",
		capability: "contract",
		refuses: true,
		expected: { put: "refused", stored: "nothing" },
		applies: bySingle,
		async run(context) {
			const key = context.key("bare");
			const request = await signedPut(context, key, pattern(size));
			const [url = ""] = request.url.split("?");
			const put = verdict(await context.send({ ...request, url }));
			return { put, stored: await whatIsStored(context, key, {}) };
		},
	},
	{
		name: "a URL for writing can neither read nor delete",
		capability: "contract",
		refuses: true,
		expected: { get: "refused", delete: "refused", stored: "sent" },
		applies: bySingle,
		async run(context) {
			const key = context.key("write-only");
			const body = pattern(size);
			const { url, headers } = await signedPut(context, key, body);
			await context.send({ method: "PUT", url, headers, body });
			return {
				get: verdict(await context.send({ method: "GET", url, headers })),
				delete: verdict(await context.send({ method: "DELETE", url, headers })),
				stored: await whatIsStored(context, key, { sent: body }),
			};
		},
	},
	{
		name: "a URL for reading can neither write nor delete",
		capability: "contract",
		refuses: true,
		expected: { put: "refused", delete: "refused", stored: "first" },
		applies: always,
		async run(context) {
			const key = context.key("read-only");
			const first = pattern(size);
			await place(context, key, first);
			const { url, headers } = await context.provider.signDownload(key, { expiresIn: 300 });
			const put = await context.send({ method: "PUT", url, headers, body: pattern(size, 2) });
			return {
				put: verdict(put),
				delete: verdict(await context.send({ method: "DELETE", url, headers })),
				stored: await whatIsStored(context, key, { first }),
			};
		},
	},
	{
		name: "a URL is good for as long as it says, and is refused after it has expired",
		capability: "signing",
		refuses: true,
		expected: { read: "ok", late: "refused" },
		applies: always,
		async run(context) {
			const key = context.key("late");
			await place(context, key, pattern(size));
			const signedAt = Date.now();
			const { method, url, headers, expiresIn } = await context.provider.signDownload(key, {
				expiresIn: 2,
			});
			const request = { method, url, headers };
			const read = verdict(await context.send(request));
			// the clock of a real storage cannot be set; a slow machine only waits longer
			await new Promise((resolve) =>
				setTimeout(resolve, signedAt + expiresIn * 1000 + 1_100 - Date.now()),
			);
			return { read, late: verdict(await context.send(request)) };
		},
	},
	{
		name: "an upload URL is refused after it has expired",
		capability: "signing",
		refuses: true,
		expected: { put: "refused", stored: "nothing" },
		applies: bySingle,
		async run(context) {
			const key = context.key("late-put");
			const request = await signedPut(context, key, pattern(size), { expiresIn: 1 });
			await new Promise((resolve) => setTimeout(resolve, 2_100));
			const put = verdict(await context.send(request));
			return { put, stored: await whatIsStored(context, key, {}) };
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

import { codeOf, madeBy, metadataOf, pattern, verdict } from "./material.js";
import type { ProviderCase } from "./provider-case.js";
import { bySingle, place, readBack, signedPut, whatIsStored } from "./single-upload.js";

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
];

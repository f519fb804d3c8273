import type { ProviderCase, ProviderContext } from "./provider-case.js";
import { codeOf, digest, pattern, readBack, same, signedPut, verdict } from "./uploads.js";

const always = (): boolean => true;
const size = 4096;

/** Cases about whole objects, and about reading, looking at and deleting them. */
export const singleCases: readonly ProviderCase[] = [
	{
		name: "a signed upload stores exactly the bytes, the type and the stamp",
		refuses: false,
		answer: "ok, same bytes, same type, same stamp, same size",
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
		answer: "ok, max-age=60, attachment",
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
		answer: "ok, 0",
		applies: always,
		async run(context) {
			const key = context.key("empty");
			const put = await context.send(await signedPut(context, key, pattern(0)));
			return `${verdict(put)}, ${(await context.provider.head(key))?.size}`;
		},
	},
	{
		name: "keys with spaces, signs and letters of other scripts name the object they say",
		refuses: false,
		answer: "ok, same bytes",
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
		answer: "refused, nothing stored",
		applies: ({ enforce }) => enforce.singleSize === "exact",
		run: (context) => sendOther(context, pattern(size + 1)),
	},
	{
		name: "a body shorter than signed is refused",
		refuses: true,
		answer: "refused, nothing stored",
		applies: ({ enforce }) => enforce.singleSize === "exact",
		run: (context) => sendOther(context, pattern(size - 1)),
	},
	{
		name: "another content type than the signed one is refused",
		refuses: true,
		answer: "refused, nothing stored",
		applies: ({ enforce }) => enforce.contentType === "signed",
		run: (context) => sendOther(context, pattern(size), { "content-type": "text/html" }),
	},
	{
		name: "a URL that is used for another key is refused",
		refuses: true,
		answer: "refused, nothing stored",
		applies: always,
		async run(context) {
			const key = context.key("signed");
			const other = key.replace("signed", "stolen");
			const request = await signedPut(context, key, pattern(size));
			const url = request.url.replace("signed", "stolen");
			const verdictOfSend = verdict(await context.send({ ...request, url }));
			return `${verdictOfSend}, ${await stored(context, other)}`;
		},
	},
	{
		name: "a URL whose life has ended is refused",
		refuses: true,
		answer: "refused, nothing stored",
		applies: always,
		async run(context) {
			const key = context.key("late");
			const request = await signedPut(context, key, pattern(size), {}, { expiresIn: 1 });
			await new Promise((resolve) => setTimeout(resolve, 2100));
			return `${verdict(await context.send(request))}, ${await stored(context, key)}`;
		},
	},
	{
		name: "a URL for writing cannot read",
		refuses: true,
		answer: "refused",
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
		answer: "refused, nothing stored",
		applies: always,
		async run(context) {
			const key = context.key("read-only");
			const { url, headers } = await context.provider.signDownload(key, { expiresIn: 300 });
			const put = await context.send({ method: "PUT", url, headers, body: pattern(size) });
			return `${verdict(put)}, ${await stored(context, key)}`;
		},
	},
	{
		name: "a download carries the disposition and type that were asked for",
		refuses: false,
		answer: 'attachment; filename="a.txt", text/x-test',
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
		name: "looking at a key without an object finds nothing",
		refuses: false,
		answer: "null",
		applies: always,
		run: async (context) => String(await context.provider.head(context.key("nothing"))),
	},
	{
		name: "deleting is idempotent",
		refuses: false,
		answer: "ok, ok, nothing stored",
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
		answer: "something stored",
		applies: always,
		async run(context) {
			const key = context.key("kept");
			await context.send(await signedPut(context, key, pattern(size)));
			const ifMatch = `"${"0".repeat(32)}"`;
			// whether the provider says so by an error is left to it
			await codeOf(context.provider.delete(key, { ifMatch }));
			return await stored(context, key);
		},
	},
	{
		name: "create-only refuses the second upload and keeps the first",
		refuses: true,
		answer: "ok, refused, first bytes",
		applies: ({ createOnly }) => createOnly.single === "enforced",
		async run(context) {
			const key = context.key("once");
			const body = pattern(size, 1);
			const first = await signedPut(context, key, body, {}, { createOnly: true });
			const second = { ...first, body: pattern(size, 2) };
			const answers = [verdict(await context.send(first)), verdict(await context.send(second))];
			const read = await readBack(context, key);
			answers.push(same(read.body, body) ? "first bytes" : "other bytes");
			return answers.join(", ");
		},
	},
	{
		name: "create-only holds against a client that drops the headers",
		refuses: true,
		answer: "refused, nothing stored",
		applies: ({ createOnly }) => createOnly.single === "enforced",
		async run(context) {
			const key = context.key("dropped");
			const request = await signedPut(context, key, pattern(size), {}, { createOnly: true });
			const put = await context.send({ ...request, headers: {} });
			return `${verdict(put)}, ${await stored(context, key)}`;
		},
	},
	...(["crc32", "crc32c", "crc64nvme", "sha256", "md5"] as const).flatMap(
		(algorithm): readonly ProviderCase[] => [
			{
				name: `a body with the promised ${algorithm} is stored`,
				refuses: false,
				answer: "ok, something stored",
				applies: ({ checksums }) => checksums.single.includes(algorithm),
				async run(context) {
					const key = context.key(`right-${algorithm}`);
					const body = pattern(size);
					const checksum = digest(algorithm, body);
					const put = await context.send(await signedPut(context, key, body, {}, { checksum }));
					return `${verdict(put)}, ${await stored(context, key)}`;
				},
			},
			{
				name: `a body with another ${algorithm} than promised is refused`,
				refuses: true,
				answer: "refused, nothing stored",
				applies: ({ checksums }) => checksums.single.includes(algorithm),
				async run(context) {
					const key = context.key(`wrong-${algorithm}`);
					const checksum = digest(algorithm, pattern(size, 2));
					const put = await context.send(
						await signedPut(context, key, pattern(size), {}, { checksum }),
					);
					return `${verdict(put)}, ${await stored(context, key)}`;
				},
			},
		],
	),
];

async function stored({ provider }: ProviderContext, key: string): Promise<string> {
	return (await provider.head(key)) === null ? "nothing stored" : "something stored";
}

/** Sends something else than was signed: a PUT of `size` bytes of a PNG. */
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

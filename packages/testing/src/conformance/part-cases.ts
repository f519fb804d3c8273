import { pattern, verdict } from "./material.js";
import {
	begin,
	commitOptions,
	inParts,
	partedFile,
	partRequest,
	sendAll,
	sendPart,
	signAll,
} from "./parted-upload.js";
import type { ProviderCase } from "./provider-case.js";
import { whatIsStored } from "./single-upload.js";

/** Cases about signing and sending parts. */
export const partCases: readonly ProviderCase[] = [
	{
		name: "a window begins and ends with the parts that were asked for",
		capability: "contract",
		refuses: false,
		expected: { parts: "2 full, 3 short" },
		applies: inParts,
		async run(context) {
			const { provider } = context;
			const file = partedFile(context, 3);
			const ref = await begin(context, context.key("second"));
			const { partSize, lastSize } = file;
			const [partChecksum] = provider.capabilities.checksums.part;
			const window = await provider.signParts(
				ref,
				{ first: 2, count: 2, partSize, lastSize },
				{ expiresIn: 300, partChecksum },
			);
			for (const n of [2, 3]) await sendPart(context, window, n, file.part(n));
			const { parts } = await provider.listParts(ref, {});
			await provider.abortMultipart(ref);
			const sizes = parts.map(
				(p) =>
					`${p.partNumber} ${p.size === partSize ? "full" : p.size === lastSize ? "short" : p.size}`,
			);
			return { parts: sizes.join(", ") };
		},
	},
	{
		name: "a window of no parts is empty, and one of the largest size is full",
		capability: "signing",
		refuses: false,
		expected: { none: 0, most: "as many as stated", distinct: true },
		applies: inParts,
		async run(context) {
			const { multipart, signing } = context.provider.capabilities;
			const ref = await begin(context, context.key("windows"));
			const sizes = partedFile(context, 1);
			const none = await signAll(context, ref, { ...sizes, count: 0 });
			const most = Math.min(signing.maxWindow, multipart === false ? 0 : multipart.maxParts);
			const full = await signAll(context, ref, { ...sizes, count: most });
			await context.provider.abortMultipart(ref);
			const urls = Array.from({ length: most }, (_, i) => partRequest(full, i + 1, pattern(0)).url);
			return {
				none: none.values.length,
				most: full.values.length === most ? "as many as stated" : full.values.length,
				distinct: new Set(urls).size === most,
			};
		},
	},
	{
		name: "a part that is sent again replaces the first",
		capability: "contract",
		refuses: false,
		expected: { stored: "last" },
		applies: inParts,
		async run(context) {
			const key = context.key("again");
			const file = partedFile(context, 1);
			const ref = await begin(context, key);
			const window = await signAll(context, ref, file);
			const first = pattern(file.lastSize, 99);
			await context.send(partRequest(window, 1, first));
			const parts = await sendAll(context, ref, file);
			await context.provider.completeMultipart(ref, parts, commitOptions(ref, file.bytes.length));
			return { stored: await whatIsStored(context, key, { last: file.bytes, first }) };
		},
	},
	...([1, -1] as const).map(
		(difference): ProviderCase => ({
			name: `a part ${difference > 0 ? "longer" : "shorter"} than signed is refused`,
			capability: "enforce.partSize",
			refuses: true,
			expected: { put: "refused", listed: 0 },
			applies: ({ enforce, multipart }) => multipart !== false && enforce.partSize === "exact",
			async run(context) {
				const file = partedFile(context, 1);
				const ref = await begin(context, context.key("long-part"));
				const window = await signAll(context, ref, file);
				const put = await context.send(partRequest(window, 1, pattern(file.lastSize + difference)));
				const { parts } = await context.provider.listParts(ref, {});
				await context.provider.abortMultipart(ref);
				return { put: verdict(put), listed: parts.length };
			},
		}),
	),
	{
		name: "where a URL binds no length, the list tells the one that is stored",
		capability: "enforce.partSize",
		refuses: false,
		expected: { longer: 1 },
		applies: ({ enforce, multipart }) =>
			multipart !== false && multipart.listParts && enforce.partSize === "none",
		async run(context) {
			const file = partedFile(context, 1);
			const ref = await begin(context, context.key("longer-part"));
			const window = await signAll(context, ref, file);
			await context.send(partRequest(window, 1, pattern(file.lastSize + 1)));
			const { parts } = await context.provider.listParts(ref, {});
			await context.provider.abortMultipart(ref);
			return { longer: (parts[0]?.size ?? 0) - file.lastSize };
		},
	},
	{
		name: "the URL of a part cannot write the object, before or after the commit",
		capability: "partUrl",
		refuses: true,
		expected: { before: "nothing", after: "parts" },
		applies: ({ multipart, partUrl }) => multipart !== false && partUrl === "part",
		async run(context) {
			const key = context.key("reached");
			const file = partedFile(context, 1);
			const ref = await begin(context, key);
			const window = await signAll(context, ref, file);
			const other = pattern(file.lastSize, 77);
			const request = partRequest(window, 1, other, file.bytes);
			const urls = withoutParameters(request.url);
			const attack = async (): Promise<void> => {
				for (const url of urls) {
					for (const headers of [{}, { "x-ms-blob-type": "BlockBlob" }]) {
						await context.send({ ...request, url, headers });
					}
				}
			};
			await attack();
			const before = await whatIsStored(context, key, { parts: file.bytes, other });
			const parts = await sendAll(context, ref, file);
			await context.provider.completeMultipart(ref, parts, commitOptions(ref, file.bytes.length));
			await attack();
			await context.send(request);
			return { before, after: await whatIsStored(context, key, { parts: file.bytes, other }) };
		},
	},
];

/** A URL with one or two of its parameters removed, and with none left: what a holder may try. */
function withoutParameters(text: string): readonly string[] {
	const [base = "", query = ""] = text.split("?");
	const parameters = query.split("&");
	const without = (...dropped: readonly number[]): string =>
		`${base}?${parameters.filter((_, index) => !dropped.includes(index)).join("&")}`;
	const urls = parameters.flatMap((_, i) => [
		without(i),
		...parameters.slice(i + 1).map((_, j) => without(i, i + 1 + j)),
	]);
	return [base, ...urls];
}

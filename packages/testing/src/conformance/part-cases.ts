import type { ProviderCase } from "./provider-case.js";
import {
	algorithms,
	begin,
	codeOf,
	commitOptions,
	inParts,
	partedFile,
	partRequest,
	pattern,
	sendAll,
	sendPart,
	signAll,
	verdict,
	whatIsStored,
} from "./uploads.js";

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
		(more): ProviderCase => ({
			name: `a part ${more > 0 ? "longer" : "shorter"} than signed is refused`,
			capability: "enforce.partSize",
			refuses: true,
			expected: { put: "refused", listed: 0 },
			applies: ({ enforce, multipart }) => multipart !== false && enforce.partSize === "exact",
			async run(context) {
				const file = partedFile(context, 1);
				const ref = await begin(context, context.key("long-part"));
				const window = await signAll(context, ref, file);
				const put = await context.send(partRequest(window, 1, pattern(file.lastSize + more)));
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
	{
		name: "parts of unequal sizes become one object",
		capability: "multipart.equalParts",
		refuses: false,
		expected: { stored: "parts" },
		applies: ({ multipart }) => multipart !== false && !multipart.equalParts,
		run: (context) => sendUnequal(context),
	},
	{
		name: "parts of unequal sizes are refused",
		capability: "multipart.equalParts",
		refuses: true,
		expected: { stored: "nothing" },
		applies: ({ multipart }) => multipart !== false && multipart.equalParts,
		run: (context) => sendUnequal(context),
	},
	...algorithms.flatMap((algorithm): readonly ProviderCase[] => [
		{
			name: `a part with the right ${algorithm} is stored, and with another is refused`,
			capability: "checksums.part",
			refuses: true,
			expected: { header: "named", wrong: "refused", listed: 0, right: "ok" },
			applies: ({ multipart, checksums }) =>
				multipart !== false && checksums.part.includes(algorithm),
			async run(context) {
				const file = partedFile(context, 1);
				const ref = await begin(context, context.key(`part-${algorithm}`));
				const window = await signAll(context, ref, file, algorithm);
				const wrong = partRequest(window, 1, file.bytes, pattern(file.lastSize, 5));
				const refused = verdict(await context.send(wrong));
				const { parts } = await context.provider.listParts(ref, {});
				const right = verdict(await context.send(partRequest(window, 1, file.bytes)));
				await context.provider.abortMultipart(ref);
				const { partChecksum } = window;
				const isNamed = partChecksum?.algorithm === algorithm && partChecksum.header !== "";
				const header = isNamed ? "named" : "not named";
				return { header, wrong: refused, listed: parts.length, right };
			},
		},
		{
			name: `a ${algorithm} of parts is unsupported where the storage is not known to verify it`,
			capability: "checksums.part",
			refuses: true,
			expected: { code: "unsupported" },
			applies: ({ multipart, checksums }) =>
				multipart !== false && !checksums.part.includes(algorithm),
			async run(context) {
				const ref = await begin(context, context.key("unsupported-part"));
				const code = await codeOf(signAll(context, ref, partedFile(context, 1), algorithm));
				await context.provider.abortMultipart(ref);
				return { code };
			},
		},
	]),
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

/** Sends a part, a longer one and a short one. */
async function sendUnequal(context: Parameters<ProviderCase["run"]>[0]) {
	const { provider } = context;
	const key = context.key("unequal");
	const { partSize } = partedFile(context, 1);
	const ref = await begin(context, key);
	const bodies = [pattern(partSize, 1), pattern(partSize + 512, 2), pattern(100, 3)];
	const parts = [];
	const [partChecksum] = provider.capabilities.checksums.part;
	for (const [index, body] of bodies.entries()) {
		const range = { first: index + 1, count: 1, partSize: body.length };
		const window = await provider.signParts(ref, range, { expiresIn: 300, partChecksum });
		parts.push(await sendPart(context, window, index + 1, body));
	}
	const listed = (await provider.listParts(ref, {})).parts;
	const commit = listed.map(({ partNumber, receipt = "" }) => ({ partNumber, receipt }));
	const bytes = Buffer.concat(bodies);
	const code = await codeOf(
		provider.completeMultipart(ref, commit, commitOptions(ref, bytes.length)),
	);
	if (code !== "ok") await provider.abortMultipart(ref);
	return { stored: await whatIsStored(context, key, { parts: bytes }) };
}

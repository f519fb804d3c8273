import type { CommitPart, MultipartRef, StoredPart } from "@skyput/server/provider";
import { codeOf, pattern } from "./material.js";
import {
	begin,
	commitOptions,
	inParts,
	partedFile,
	sendAll,
	sendPart,
	signAll,
} from "./parted-upload.js";
import type { ProviderCase, ProviderContext } from "./provider-case.js";
import { whatIsStored } from "./single-upload.js";

/** More parts than a page of S3 has. */
const manyParts = 1005;

/** Parts that are sent at once. */
const concurrency = 16;

/** Cases about listing parts. */
export const listCases: readonly ProviderCase[] = [
	{
		name: "two uploads of one key do not mix",
		capability: "contract",
		refuses: true,
		expected: { first: "1 full, 2 short", second: "1 short", stored: "first", end: "as answered" },
		applies: inParts,
		async run(context) {
			const { provider } = context;
			const key = context.key("shared");
			const files = [partedFile(context, 2, 1), partedFile(context, 1, 2)] as const;
			const refs = [await begin(context, key), await begin(context, key)] as const;
			const parts: (readonly CommitPart[])[] = [];
			for (const i of [1, 0] as const) parts[i] = await sendAll(context, refs[i], files[i]);
			const list = async (i: 0 | 1): Promise<string> =>
				(await provider.listParts(refs[i], {})).parts
					.map((p) => `${p.partNumber} ${sizeName(p, files[i])}`)
					.join(", ");
			const [first, second] = [await list(0), await list(1)];
			const known = { first: files[0].bytes, second: files[1].bytes };
			const complete = (i: 0 | 1): Promise<string> =>
				codeOf(
					provider.completeMultipart(
						refs[i],
						parts[i] ?? [],
						commitOptions(refs[i], files[i].bytes.length),
					),
				);
			await complete(0);
			const stored = await whatIsStored(context, key, known);
			// a storage may discard the second upload when the first is committed
			const code = await complete(1);
			if (code !== "ok") await provider.abortMultipart(refs[1]);
			const end = await whatIsStored(context, key, known);
			const isRight = end === (code === "ok" ? "second" : "first");
			return { first, second, stored, end: isRight ? "as answered" : end };
		},
	},
	{
		name: "stored parts are listed with their sizes, after a given part number",
		capability: "multipart.listParts",
		refuses: false,
		expected: { begun: "", all: "1 full, 2 full, 3 short", after: "3 short" },
		applies: ({ multipart }) => multipart !== false && multipart.listParts,
		async run(context) {
			const { provider } = context;
			const file = partedFile(context, 3);
			const ref = await begin(context, context.key("listed"));
			const list = async (after?: number): Promise<string> => {
				const page = await provider.listParts(ref, after === undefined ? {} : { after });
				return page.parts.map((p) => `${p.partNumber} ${sizeName(p, file)}`).join(", ");
			};
			const begun = await list();
			await sendAll(context, ref, file);
			const facts = { begun, all: await list(), after: await list(2) };
			await provider.abortMultipart(ref);
			return facts;
		},
	},
	{
		name: "a receipt is listed as the response to its part had it",
		capability: "multipart.listParts",
		refuses: false,
		expected: { receipts: "as sent" },
		applies: ({ multipart }) => multipart !== false && multipart.listParts,
		async run(context) {
			const file = partedFile(context, 2);
			const ref = await begin(context, context.key("receipts"));
			const window = await signAll(context, ref, file);
			const sent = [];
			for (const n of [1, 2]) sent.push(await sendPart(context, window, n, file.part(n)));
			const { parts } = await context.provider.listParts(ref, {});
			await context.provider.abortMultipart(ref);
			const isSame =
				window.receiptHeader === null ||
				sent.every(({ receipt }, i) => receipt !== "" && receipt === parts[i]?.receipt);
			return { receipts: isSame ? "as sent" : "others" };
		},
	},
	{
		name: "more than a thousand parts are listed, page by page",
		capability: "multipart.listParts",
		refuses: false,
		expected: { listed: manyParts, distinct: manyParts, last: manyParts },
		applies: ({ multipart }) =>
			multipart !== false && multipart.listParts && multipart.maxParts >= manyParts,
		async run(context) {
			const { provider } = context;
			const ref = await begin(context, context.key("many"));
			const numbers = Array.from({ length: manyParts }, (_, index) => index + 1);
			const send = async (): Promise<void> => {
				for (let n = numbers.shift(); n !== undefined; n = numbers.shift()) {
					const range = { first: n, count: 1, partSize: 1 };
					const [partChecksum] = provider.capabilities.checksums.part;
					const window = await provider.signParts(ref, range, { expiresIn: 300, partChecksum });
					await sendPart(context, window, n, pattern(1, n));
				}
			};
			await Promise.all(Array.from({ length: concurrency }, send));
			const listed = await listAll(context, ref);
			await provider.abortMultipart(ref);
			const found = listed.map(({ partNumber }) => partNumber);
			return { listed: found.length, distinct: new Set(found).size, last: Math.max(0, ...found) };
		},
	},
];

/** Every page. */
async function listAll(
	{ provider }: ProviderContext,
	ref: MultipartRef,
): Promise<readonly StoredPart[]> {
	const parts: StoredPart[] = [];
	let after: number | undefined = 0;
	while (after !== undefined) {
		const page: Awaited<ReturnType<typeof provider.listParts>> = await provider.listParts(ref, {
			after,
		});
		parts.push(...page.parts);
		after = page.next !== undefined && page.next > after ? page.next : undefined;
	}
	return parts;
}

function sizeName(
	{ size }: StoredPart,
	file: { readonly partSize: number; readonly lastSize: number },
): string {
	if (size === file.partSize) return "full";
	return size === file.lastSize ? "short" : String(size);
}

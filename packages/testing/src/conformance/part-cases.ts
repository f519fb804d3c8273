import type { ProviderCase } from "./provider-case.js";
import {
	begin,
	commitOptions,
	inParts,
	partedFile,
	partRequest,
	pattern,
	readBack,
	same,
	sendAll,
	signAll,
	verdict,
} from "./uploads.js";

/** Cases about sending and listing parts. */
export const partCases: readonly ProviderCase[] = [
	{
		name: "parts become one object with the bytes, the type and the stamp",
		refuses: false,
		expected: "same size, same bytes, video/mp4, stamp-of-the-upload",
		applies: inParts,
		async run(context) {
			const key = context.key("parts");
			const file = partedFile(context, 3);
			const ref = await begin(context, key);
			const parts = await sendAll(context, ref, file);
			const size = file.bytes.length;
			const info = await context.provider.completeMultipart(
				ref,
				parts,
				commitOptions(ref, file.bytes.length),
			);
			const read = await readBack(context, key);
			return [
				info.size === size ? "same size" : `${info.size} bytes`,
				same(read.body, file.bytes) ? "same bytes" : "other bytes",
				read.headers.get("content-type"),
				(await context.provider.head(key))?.uploadId,
			].join(", ");
		},
	},
	{
		name: "stored parts are listed with their sizes, after a given part number",
		refuses: false,
		expected: "1 full, 2 full, 3 short; 3 short",
		applies: ({ multipart }) => multipart !== false && multipart.listParts,
		async run(context) {
			const file = partedFile(context, 3);
			const ref = await begin(context, context.key("listed"));
			await sendAll(context, ref, file);
			const list = async (after?: number): Promise<string> => {
				const page = await context.provider.listParts(ref, after === undefined ? {} : { after });
				return page.parts
					.map(({ partNumber, size }) => `${partNumber} ${size === 1000 ? "short" : "full"}`)
					.join(", ");
			};
			const lists = `${await list()}; ${await list(2)}`;
			await context.provider.abortMultipart(ref);
			return lists;
		},
	},
	{
		name: "a receipt is listed as the response to its part had it",
		refuses: false,
		expected: "same receipts",
		applies: ({ multipart }) => multipart !== false && multipart.listParts,
		async run(context) {
			const ref = await begin(context, context.key("receipts"));
			const sent = await sendAll(context, ref, partedFile(context, 2));
			const { parts } = await context.provider.listParts(ref, {});
			await context.provider.abortMultipart(ref);
			const isSame = sent.every(({ receipt }, i) => receipt === (parts[i]?.receipt ?? ""));
			return isSame ? "same receipts" : "other receipts";
		},
	},
	{
		name: "a part that is sent again replaces the first",
		refuses: false,
		expected: "last bytes",
		applies: inParts,
		async run(context) {
			const key = context.key("again");
			const file = partedFile(context, 1);
			const ref = await begin(context, key);
			const window = await signAll(context, ref, file);
			await context.send(partRequest(window, 1, pattern(file.lastSize, 99)));
			const parts = await sendAll(context, ref, file);
			await context.provider.completeMultipart(ref, parts, commitOptions(ref, file.bytes.length));
			const read = await readBack(context, key);
			return same(read.body, file.bytes) ? "last bytes" : "other bytes";
		},
	},
	{
		name: "a part longer than signed is refused",
		refuses: true,
		expected: "refused",
		applies: ({ enforce, multipart }) => multipart !== false && enforce.partSize === "exact",
		async run(context) {
			const file = partedFile(context, 1);
			const ref = await begin(context, context.key("long-part"));
			const window = await signAll(context, ref, file);
			const answer = await context.send(partRequest(window, 1, pattern(file.lastSize + 1)));
			await context.provider.abortMultipart(ref);
			return verdict(answer);
		},
	},
	{
		name: "the signature of one part is not valid for another",
		refuses: true,
		expected: "refused",
		applies: inParts,
		async run(context) {
			const file = partedFile(context, 2);
			const ref = await begin(context, context.key("swapped"));
			const window = await signAll(context, ref, file);
			const request = partRequest(window, 2, file.part(1), window.values[0]);
			const answer = await context.send(request);
			await context.provider.abortMultipart(ref);
			return verdict(answer);
		},
	},
	{
		name: "a part number that was not signed is refused",
		refuses: true,
		expected: "refused",
		applies: inParts,
		async run(context) {
			const file = partedFile(context, 2);
			const ref = await begin(context, context.key("unsigned-part"));
			const window = await signAll(context, ref, file);
			const answer = await context.send(partRequest(window, 3, file.part(1), window.values[0]));
			await context.provider.abortMultipart(ref);
			return verdict(answer);
		},
	},
];

import { codeOf, madeBy, metadataOf } from "./material.js";
import {
	begin,
	commitOptions,
	inParts,
	partedFile,
	sendAll,
	sendPart,
	signAll,
	videoSpec,
} from "./parted-upload.js";
import type { ProviderCase } from "./provider-case.js";
import { readBack, whatIsStored } from "./single-upload.js";

/** Cases about completing multipart uploads. */
export const completionCases: readonly ProviderCase[] = [
	{
		name: "parts become one object with everything that was to be stored, and not before",
		capability: "multipart",
		refuses: false,
		expected: {
			before: "nothing",
			stored: "parts",
			type: "video/mp4",
			cacheControl: "max-age=60",
			disposition: "attachment",
			metadata: "suite",
			uploadId: "stamp-of-the-upload",
			size: "that of the parts",
			etag: "that of head",
		},
		applies: inParts,
		async run(context) {
			const { provider } = context;
			const key = context.key("parts");
			const file = partedFile(context, 3);
			const size = file.bytes.length;
			const name = madeBy(provider.capabilities);
			const spec = {
				...videoSpec(key, size),
				cacheControl: "max-age=60",
				contentDisposition: "attachment",
				metadata: { [name]: "suite" },
			};
			const ref = await provider.createMultipart(spec, { createOnly: false });
			const parts = await sendAll(context, ref, file);
			const before = await whatIsStored(context, key, {});
			const info = await provider.completeMultipart(ref, parts, { spec, createOnly: false });
			const read = await readBack(context, key);
			const head = await provider.head(key);
			// the commit of some storages returns no etag
			const isSame = info.etag === undefined || info.etag === head?.etag;
			return {
				before,
				stored: await whatIsStored(context, key, { parts: file.bytes }),
				type: read.headers.get("content-type") ?? null,
				cacheControl: read.headers.get("cache-control") ?? null,
				disposition: read.headers.get("content-disposition") ?? null,
				metadata: metadataOf(read, name),
				uploadId: head?.uploadId ?? null,
				size: info.size === size && head?.size === size ? "that of the parts" : info.size,
				etag: isSame ? "that of head" : (info.etag ?? null),
			};
		},
	},
	{
		name: "parts that arrive at once and out of order are put in order",
		capability: "multipart",
		refuses: false,
		expected: { stored: "parts" },
		applies: inParts,
		async run(context) {
			const key = context.key("order");
			const file = partedFile(context, 3);
			const ref = await begin(context, key);
			const window = await signAll(context, ref, file);
			await sendPart(context, window, 3, file.part(3));
			await Promise.all([2, 1].map((n) => sendPart(context, window, n, file.part(n))));
			const { parts } = await context.provider.listParts(ref, {});
			const listed = parts.map(({ partNumber, receipt = "" }) => ({ partNumber, receipt }));
			await context.provider.completeMultipart(ref, listed, commitOptions(ref, file.bytes.length));
			return { stored: await whatIsStored(context, key, { parts: file.bytes }) };
		},
	},
	{
		name: "completing twice does not make the object look lost",
		capability: "multipart",
		refuses: false,
		expected: { second: "ok or upload-not-found", stored: "parts" },
		applies: inParts,
		async run(context) {
			const key = context.key("twice");
			const file = partedFile(context, 2);
			const ref = await begin(context, key);
			const parts = await sendAll(context, ref, file);
			const options = commitOptions(ref, file.bytes.length);
			await context.provider.completeMultipart(ref, parts, options);
			const code = await codeOf(context.provider.completeMultipart(ref, parts, options));
			return {
				second: code === "ok" || code === "upload-not-found" ? "ok or upload-not-found" : code,
				stored: await whatIsStored(context, key, { parts: file.bytes }),
			};
		},
	},
];

import type { ProviderCase, ProviderContext } from "./provider-case.js";
import {
	algorithms,
	begin,
	codeOf,
	commitOptions,
	digest,
	inParts,
	madeBy,
	metadataOf,
	partedFile,
	partRequest,
	pattern,
	place,
	readBack,
	sendAll,
	sendPart,
	signAll,
	verdict,
	videoSpec,
	whatIsStored,
} from "./uploads.js";

/** Cases about completing and aborting multipart uploads. */
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
		name: "completing with a receipt that no part has is refused",
		capability: "multipart",
		refuses: true,
		expected: { code: "invalid-parts", stored: "nothing" },
		applies: inParts,
		async run(context) {
			const file = partedFile(context, 1);
			const key = context.key("receipt");
			const ref = await begin(context, key);
			await sendAll(context, ref, file);
			const parts = [{ partNumber: 1, receipt: `"${"0".repeat(32)}"` }];
			const complete = context.provider.completeMultipart(
				ref,
				parts,
				commitOptions(ref, file.bytes.length),
			);
			return { code: await codeOf(complete), stored: await whatIsStored(context, key, {}) };
		},
	},
	{
		name: "completing with a part that was never sent is refused",
		capability: "multipart",
		refuses: true,
		expected: { code: "invalid-parts", stored: "nothing" },
		applies: inParts,
		async run(context) {
			const key = context.key("missing-part");
			const file = partedFile(context, 2);
			const ref = await begin(context, key);
			const sent = await sendAll(context, ref, file);
			const parts = [...sent, { partNumber: 3, receipt: sent[0]?.receipt ?? "" }];
			const complete = context.provider.completeMultipart(
				ref,
				parts,
				commitOptions(ref, file.bytes.length),
			);
			return { code: await codeOf(complete), stored: await whatIsStored(context, key, {}) };
		},
	},
	{
		name: "completing with another total than that of the parts is refused",
		capability: "enforce.totalSize",
		refuses: true,
		expected: { code: "invalid-parts", stored: "nothing" },
		applies: ({ multipart, enforce }) => multipart !== false && enforce.totalSize === "at-complete",
		async run(context) {
			const key = context.key("total");
			const file = partedFile(context, 1);
			const ref = await begin(context, key);
			const parts = await sendAll(context, ref, file);
			const options = commitOptions(ref, file.bytes.length + 1);
			const code = await codeOf(context.provider.completeMultipart(ref, parts, options));
			return { code, stored: await whatIsStored(context, key, {}) };
		},
	},
	{
		name: "completing create-only stores a new object, and refuses to overwrite one",
		capability: "createOnly.multipart",
		refuses: true,
		expected: { free: "ok", taken: "already-exists", stored: "first" },
		applies: ({ createOnly, multipart }) =>
			multipart !== false && createOnly.multipart === "at-complete",
		async run(context) {
			const key = context.key("taken");
			const first = pattern(10, 7);
			await place(context, key, first);
			return {
				free: await completeCreateOnly(context, context.key("free")),
				taken: await completeCreateOnly(context, key),
				stored: await whatIsStored(context, key, { first }),
			};
		},
	},
	{
		name: "create-only in parts is unsupported where the commit overwrites",
		capability: "createOnly.multipart",
		refuses: true,
		expected: { taken: "unsupported", stored: "first" },
		applies: ({ createOnly, multipart }) => multipart !== false && createOnly.multipart === "none",
		async run(context) {
			const key = context.key("overwritten");
			const first = pattern(10, 7);
			await place(context, key, first);
			const taken = await completeCreateOnly(context, key);
			return { taken, stored: await whatIsStored(context, key, { first }) };
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
	{
		name: "an aborted upload takes no more parts and cannot be completed",
		capability: "multipart.abort",
		refuses: true,
		expected: { part: "refused", code: "upload-not-found", stored: "nothing" },
		applies: ({ multipart }) => multipart !== false && multipart.abort === "immediate",
		async run(context) {
			const { provider } = context;
			const key = context.key("aborted");
			const file = partedFile(context, 1);
			const ref = await begin(context, key);
			const window = await signAll(context, ref, file);
			const parts = await sendAll(context, ref, file);
			await provider.abortMultipart(ref);
			const part = verdict(await context.send(partRequest(window, 1, file.bytes)));
			const options = commitOptions(ref, file.bytes.length);
			const code = await codeOf(provider.completeMultipart(ref, parts, options));
			return { part, code, stored: await whatIsStored(context, key, {}) };
		},
	},
	{
		name: "aborting is idempotent and never deletes a committed object",
		capability: "multipart.abort",
		refuses: false,
		expected: { first: "ok", second: "ok", stored: "parts" },
		applies: inParts,
		async run(context) {
			const key = context.key("committed");
			const file = partedFile(context, 1);
			const ref = await begin(context, key);
			const parts = await sendAll(context, ref, file);
			await context.provider.completeMultipart(ref, parts, commitOptions(ref, file.bytes.length));
			return {
				first: await codeOf(context.provider.abortMultipart(ref)),
				second: await codeOf(context.provider.abortMultipart(ref)),
				stored: await whatIsStored(context, key, { parts: file.bytes }),
			};
		},
	},
	...algorithms.flatMap((algorithm): readonly ProviderCase[] => [
		...[true, false].map(
			(right): ProviderCase => ({
				name: `completing with ${right ? "the" : "another"} ${algorithm} of the whole object is ${right ? "accepted" : "refused"}`,
				capability: "checksums.object",
				refuses: !right,
				expected: right
					? { code: "ok", stored: "parts" }
					: { code: "checksum-mismatch", stored: "nothing" },
				applies: ({ checksums, multipart }) =>
					multipart !== false && checksums.object.includes(algorithm),
				async run(context) {
					const file = partedFile(context, 2);
					const key = context.key(`whole-${algorithm}`);
					const spec = videoSpec(key, file.bytes.length);
					const ref = await context.provider.createMultipart(spec, {
						createOnly: false,
						checksum: algorithm,
					});
					const parts = await sendAll(context, ref, file);
					const checksum = digest(algorithm, right ? file.bytes : pattern(10));
					const code = await codeOf(
						context.provider.completeMultipart(ref, parts, { spec, createOnly: false, checksum }),
					);
					return { code, stored: await whatIsStored(context, key, { parts: file.bytes }) };
				},
			}),
		),
		{
			name: `a ${algorithm} of the whole object is unsupported where the storage is not known to verify it`,
			capability: "checksums.object",
			refuses: true,
			expected: { code: "unsupported" },
			applies: ({ checksums, multipart }) =>
				multipart !== false && !checksums.object.includes(algorithm),
			async run({ provider, key }) {
				const spec = videoSpec(key("unsupported"), 1);
				const options = { createOnly: false, checksum: algorithm };
				return { code: await codeOf(provider.createMultipart(spec, options)) };
			},
		},
		{
			name: `the ${algorithm} of an object of parts is reported`,
			capability: "checksums.reported",
			refuses: false,
			expected: { reported: "the right one" },
			applies: ({ checksums, multipart }) =>
				multipart !== false && checksums.reported.includes(algorithm),
			async run(context) {
				const key = context.key(`reported-parts-${algorithm}`);
				const file = partedFile(context, 2);
				const ref = await begin(context, key);
				const parts = await sendAll(context, ref, file);
				await context.provider.completeMultipart(ref, parts, commitOptions(ref, file.bytes.length));
				const { checksums = [] } = (await context.provider.head(key)) ?? {};
				const found = checksums.find((checksum) => checksum.algorithm === algorithm)?.value;
				const isRight = found === digest(algorithm, file.bytes).value;
				return { reported: isRight ? "the right one" : (found ?? "none") };
			},
		},
	]),
];

/** The code with which a create-only upload of one part ends, from its beginning on. */
async function completeCreateOnly(context: ProviderContext, key: string): Promise<string> {
	const { provider } = context;
	const file = partedFile(context, 1);
	const spec = videoSpec(key, file.bytes.length);
	return codeOf(
		provider.createMultipart(spec, { createOnly: true }).then(async (ref) => {
			const parts = await sendAll(context, ref, file);
			try {
				return await provider.completeMultipart(ref, parts, { spec, createOnly: true });
			} finally {
				await provider.abortMultipart(ref);
			}
		}),
	);
}

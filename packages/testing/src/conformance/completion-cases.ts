import type { ProviderCapabilities } from "@skyput/server/provider";
import type { ProviderCase, ProviderContext } from "./provider-case.js";
import {
	begin,
	codeOf,
	commitOptions,
	digest,
	inParts,
	partedFile,
	partRequest,
	pattern,
	readBack,
	same,
	sendAll,
	signAll,
	signedPut,
	stored,
	verdict,
} from "./uploads.js";

/** Cases about completing and aborting multipart uploads. */
export const completionCases: readonly ProviderCase[] = [
	{
		name: "completing with a receipt that no part has is refused",
		refuses: true,
		expected: "invalid-parts",
		applies: inParts,
		async run(context) {
			const file = partedFile(context, 1);
			const ref = await begin(context, context.key("receipt"));
			await sendAll(context, ref, file);
			const parts = [{ partNumber: 1, receipt: `"${"0".repeat(32)}"` }];
			const size = file.bytes.length;
			return await codeOf(context.provider.completeMultipart(ref, parts, commitOptions(ref, size)));
		},
	},
	{
		name: "completing with a part that was never sent is refused",
		refuses: true,
		expected: "invalid-parts",
		applies: inParts,
		async run(context) {
			const file = partedFile(context, 2);
			const ref = await begin(context, context.key("missing-part"));
			const sent = await sendAll(context, ref, file);
			const parts = [...sent, { partNumber: 3, receipt: sent[0]?.receipt ?? "" }];
			const size = file.bytes.length;
			return await codeOf(context.provider.completeMultipart(ref, parts, commitOptions(ref, size)));
		},
	},
	{
		name: "completing create-only over an object is refused and keeps the object",
		refuses: true,
		expected: "already-exists, first bytes",
		applies: ({ createOnly, multipart }) =>
			multipart !== false && createOnly.multipart === "at-complete",
		async run(context) {
			const key = context.key("taken");
			const first = pattern(10, 7);
			await context.send(await signedPut(context, key, first));
			const file = partedFile(context, 1);
			const ref = await begin(context, key);
			const parts = await sendAll(context, ref, file);
			const size = file.bytes.length;
			const code = await codeOf(
				context.provider.completeMultipart(ref, parts, commitOptions(ref, size, true)),
			);
			const read = await readBack(context, key);
			return `${code}, ${same(read.body, first) ? "first bytes" : "other bytes"}`;
		},
	},
	{
		name: "completing twice does not make the object look lost",
		refuses: false,
		expected: "same bytes",
		applies: inParts,
		async run(context) {
			const key = context.key("twice");
			const file = partedFile(context, 2);
			const ref = await begin(context, key);
			const parts = await sendAll(context, ref, file);
			const options = commitOptions(ref, file.bytes.length);
			await context.provider.completeMultipart(ref, parts, options);
			const code = await codeOf(context.provider.completeMultipart(ref, parts, options));
			if (code !== "ok" && code !== "upload-not-found") return code;
			const read = await readBack(context, key);
			return same(read.body, file.bytes) ? "same bytes" : "other bytes";
		},
	},
	{
		name: "an aborted upload takes no more parts and cannot be completed",
		refuses: true,
		expected: "refused, upload-not-found, nothing stored",
		applies: ({ multipart }) => multipart !== false && multipart.abort === "immediate",
		async run(context) {
			const key = context.key("aborted");
			const file = partedFile(context, 1);
			const ref = await begin(context, key);
			const window = await signAll(context, ref, file);
			const parts = await sendAll(context, ref, file);
			await context.provider.abortMultipart(ref);
			const answer = await context.send(partRequest(window, 1, file.bytes));
			const code = await codeOf(
				context.provider.completeMultipart(ref, parts, commitOptions(ref, file.bytes.length)),
			);
			return `${verdict(answer)}, ${code}, ${await stored(context, key)}`;
		},
	},
	{
		name: "the parts of an aborted upload cannot be listed",
		refuses: true,
		expected: "upload-not-found",
		applies: ({ multipart }) => multipart !== false && multipart.abort === "immediate",
		async run(context) {
			const ref = await begin(context, context.key("gone"));
			await context.provider.abortMultipart(ref);
			return await codeOf(context.provider.listParts(ref, {}));
		},
	},
	{
		name: "aborting is idempotent and never deletes a committed object",
		refuses: false,
		expected: "ok, ok, something stored",
		applies: inParts,
		async run(context) {
			const key = context.key("committed");
			const file = partedFile(context, 1);
			const ref = await begin(context, key);
			const parts = await sendAll(context, ref, file);
			await context.provider.completeMultipart(ref, parts, commitOptions(ref, file.bytes.length));
			const codes = [
				await codeOf(context.provider.abortMultipart(ref)),
				await codeOf(context.provider.abortMultipart(ref)),
			];
			return `${codes.join(", ")}, ${await stored(context, key)}`;
		},
	},
	...(["crc32", "crc32c", "crc64nvme"] as const).flatMap((algorithm): readonly ProviderCase[] =>
		[true, false].map((right) => ({
			name: `completing with ${right ? "the" : "another"} ${algorithm} of the whole object is ${right ? "accepted" : "refused"}`,
			refuses: !right,
			expected: right ? "ok" : "checksum-mismatch",
			applies: ({ checksums, multipart }: ProviderCapabilities) =>
				multipart !== false && checksums.object.includes(algorithm),
			async run(context: ProviderContext) {
				const file = partedFile(context, 2);
				const spec = { key: context.key(`whole-${algorithm}`), size: file.bytes.length };
				const ref = await context.provider.createMultipart(spec, {
					createOnly: false,
					checksum: algorithm,
				});
				const parts = await sendAll(context, ref, file);
				const checksum = digest(algorithm, right ? file.bytes : pattern(10));
				return await codeOf(
					context.provider.completeMultipart(ref, parts, {
						spec,
						createOnly: false,
						checksum,
					}),
				);
			},
		})),
	),
];

import { algorithms, codeOf, digest, pattern } from "./material.js";
import { begin, commitOptions, partedFile, sendAll, videoSpec } from "./parted-upload.js";
import type { ProviderCase } from "./provider-case.js";
import { whatIsStored } from "./single-upload.js";

/** Cases about digests of an object of parts. */
export const objectChecksumCases: readonly ProviderCase[] = [
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

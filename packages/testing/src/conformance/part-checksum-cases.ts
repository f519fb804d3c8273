import { algorithms, codeOf, pattern, verdict } from "./material.js";
import { begin, partedFile, partRequest, signAll } from "./parted-upload.js";
import type { ProviderCase } from "./provider-case.js";

/** Cases about digests of parts. */
export const partChecksumCases: readonly ProviderCase[] = [
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

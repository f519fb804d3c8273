import type { ProviderCase } from "./provider-case.js";
import { digest, pattern, readBack, same, signedPut, stored, verdict } from "./uploads.js";

const size = 4096;

/** Cases about create-only and checksums of single uploads. */
export const guardCases: readonly ProviderCase[] = [
	{
		name: "create-only refuses the second upload and keeps the first",
		refuses: true,
		expected: "ok, refused, first bytes",
		applies: ({ createOnly }) => createOnly.single === "enforced",
		async run(context) {
			const key = context.key("once");
			const body = pattern(size, 1);
			const first = await signedPut(context, key, body, { createOnly: true });
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
		expected: "refused, nothing stored",
		applies: ({ createOnly }) => createOnly.single === "enforced",
		async run(context) {
			const key = context.key("dropped");
			const request = await signedPut(context, key, pattern(size), { createOnly: true });
			const put = await context.send({ ...request, headers: {} });
			return `${verdict(put)}, ${await stored(context, key)}`;
		},
	},
	...(["crc32", "crc32c", "crc64nvme", "sha256", "md5"] as const).flatMap(
		(algorithm): readonly ProviderCase[] => [
			{
				name: `a body with the signed ${algorithm} is stored`,
				refuses: false,
				expected: "ok, something stored",
				applies: ({ checksums }) => checksums.single.includes(algorithm),
				async run(context) {
					const key = context.key(`right-${algorithm}`);
					const body = pattern(size);
					const checksum = digest(algorithm, body);
					const put = await context.send(await signedPut(context, key, body, { checksum }));
					return `${verdict(put)}, ${await stored(context, key)}`;
				},
			},
			{
				name: `a body with another ${algorithm} than signed is refused`,
				refuses: true,
				expected: "refused, nothing stored",
				applies: ({ checksums }) => checksums.single.includes(algorithm),
				async run(context) {
					const key = context.key(`wrong-${algorithm}`);
					const checksum = digest(algorithm, pattern(size, 2));
					const put = await context.send(
						await signedPut(context, key, pattern(size), { checksum }),
					);
					return `${verdict(put)}, ${await stored(context, key)}`;
				},
			},
		],
	),
];

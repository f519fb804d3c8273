import { algorithms, codeOf, digest, pattern, verdict } from "./material.js";
import type { ProviderCase } from "./provider-case.js";
import { bySingle, place, signedPut, whatIsStored } from "./single-upload.js";

const size = 4096;

/** Cases about digests of single uploads. */
export const checksumCases: readonly ProviderCase[] = [
	...algorithms.flatMap((algorithm): readonly ProviderCase[] => [
		{
			name: `a body with the signed ${algorithm} is stored`,
			capability: "checksums.single",
			refuses: false,
			expected: { put: "ok", stored: "sent" },
			applies: (can) => bySingle(can) && can.checksums.single.includes(algorithm),
			async run(context) {
				const key = context.key(`right-${algorithm}`);
				const body = pattern(size);
				const checksum = digest(algorithm, body);
				const put = await context.send(await signedPut(context, key, body, { checksum }));
				return { put: verdict(put), stored: await whatIsStored(context, key, { sent: body }) };
			},
		},
		{
			name: `a body with another ${algorithm} than signed is refused, with and without its header`,
			capability: "checksums.single",
			refuses: true,
			expected: { put: "refused", bare: "refused", stored: "nothing" },
			applies: (can) => bySingle(can) && can.checksums.single.includes(algorithm),
			async run(context) {
				const key = context.key(`wrong-${algorithm}`);
				const checksum = digest(algorithm, pattern(size, 2));
				const request = await signedPut(context, key, pattern(size), { checksum });
				const names = /md5|crc|sha|hash|checksum/;
				const headers = Object.entries(request.headers).filter(([name]) => !names.test(name));
				const bare = { ...request, headers: Object.fromEntries(headers) };
				return {
					put: verdict(await context.send(request)),
					bare: verdict(await context.send(bare)),
					stored: await whatIsStored(context, key, {}),
				};
			},
		},
		{
			name: `a signed ${algorithm} is unsupported where the storage is not known to verify it`,
			capability: "checksums.single",
			refuses: true,
			expected: { code: "unsupported" },
			applies: (can) => bySingle(can) && !can.checksums.single.includes(algorithm),
			async run(context) {
				const checksum = digest(algorithm, pattern(1));
				const put = signedPut(context, context.key("x"), pattern(1), { checksum });
				return { code: await codeOf(put) };
			},
		},
		{
			name: `the ${algorithm} of an object is reported`,
			capability: "checksums.reported",
			refuses: false,
			expected: { reported: "the right one" },
			applies: ({ checksums }) => checksums.reported.includes(algorithm),
			async run(context) {
				const key = context.key(`reported-${algorithm}`);
				const body = pattern(size);
				await place(context, key, body);
				const info = await context.provider.head(key);
				const found = info?.checksums.find((checksum) => checksum.algorithm === algorithm);
				const isRight = found?.value === digest(algorithm, body).value;
				return { reported: isRight ? "the right one" : (found?.value ?? "none") };
			},
		},
	]),
	{
		name: "every digest that head returns is that of the object",
		capability: "checksums.reported",
		refuses: false,
		expected: { wrong: "" },
		applies: () => true,
		async run(context) {
			const key = context.key("digests");
			const body = pattern(size);
			await place(context, key, body);
			const { checksums = [] } = (await context.provider.head(key)) ?? {};
			const wrong = checksums.filter(
				({ algorithm, value }) => value !== digest(algorithm, body).value,
			);
			return { wrong: wrong.map(({ algorithm }) => algorithm).join() };
		},
	},
];

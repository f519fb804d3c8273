import type { ProviderCase } from "./provider-case.js";
import {
	algorithms,
	bySingle,
	codeOf,
	digest,
	pattern,
	place,
	signedPut,
	verdict,
	whatIsStored,
} from "./uploads.js";

const size = 4096;

/** Cases about create-only, checksums and unsigned headers of single uploads. */
export const guardCases: readonly ProviderCase[] = [
	{
		name: "create-only refuses the second upload and keeps the first",
		capability: "createOnly.single",
		refuses: true,
		expected: { first: "ok", second: "refused", stored: "first" },
		applies: (can) => bySingle(can) && can.createOnly.single === "enforced",
		async run(context) {
			const key = context.key("once");
			const [first, second] = [pattern(size, 1), pattern(size, 2)];
			const request = await signedPut(context, key, first, { createOnly: true });
			return {
				first: verdict(await context.send(request)),
				second: verdict(await context.send({ ...request, body: second })),
				stored: await whatIsStored(context, key, { first, second }),
			};
		},
	},
	{
		name: "create-only keeps the object from a client that drops the headers",
		capability: "createOnly.single",
		refuses: true,
		expected: { second: "refused", stored: "first" },
		applies: (can) => bySingle(can) && can.createOnly.single === "enforced",
		async run(context) {
			const key = context.key("dropped");
			const [first, second] = [pattern(size, 1), pattern(size, 2)];
			await place(context, key, first);
			const request = await signedPut(context, key, second, { createOnly: true });
			return {
				second: verdict(await context.send({ ...request, headers: {} })),
				stored: await whatIsStored(context, key, { first, second }),
			};
		},
	},
	{
		name: "create-only is unsupported where the storage overwrites",
		capability: "createOnly.single",
		refuses: true,
		expected: { code: "unsupported" },
		applies: (can) => bySingle(can) && can.createOnly.single === "none",
		run: async (context) => ({
			code: await codeOf(signedPut(context, context.key("x"), pattern(1), { createOnly: true })),
		}),
	},
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
	{
		name: "a copy source that nobody signed reads no other object",
		capability: "unsignedHeaders",
		refuses: true,
		expected: { "x-amz-copy-source": "not the secret", "x-goog-copy-source": "not the secret" },
		applies: (can) => bySingle(can) && can.unsignedHeaders !== "accepted",
		async run(context) {
			const { provider } = context;
			const secret = pattern(size, 42);
			const from = context.key("secret");
			await place(context, from, secret);
			const source = `/${provider.bucket}/${encodeURIComponent(from).replaceAll("%2F", "/")}`;
			const facts: Record<string, string> = {};
			for (const name of ["x-amz-copy-source", "x-goog-copy-source"]) {
				const key = context.key(`copied-by-${name}`);
				const request = await signedPut(context, key, pattern(0), { size: null });
				await context.send({ ...request, headers: { ...request.headers, [name]: source } });
				const stored = await whatIsStored(context, key, { secret });
				facts[name] = stored === "secret" ? stored : "not the secret";
			}
			return facts;
		},
	},
	{
		name: "an ACL that nobody signed publishes nothing",
		capability: "unsignedHeaders",
		refuses: true,
		expected: { "x-amz-acl": "refused", "x-amz-grant-read": "refused", "x-goog-acl": "refused" },
		applies: (can) => bySingle(can) && can.unsignedHeaders !== "accepted",
		async run(context) {
			const facts: Record<string, string> = {};
			for (const [name, value] of [
				["x-amz-acl", "public-read"],
				["x-amz-grant-read", 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'],
				["x-goog-acl", "public-read"],
			] as const) {
				const key = context.key(`published-by-${name}`);
				const request = await signedPut(context, key, pattern(size));
				await context.send({ ...request, headers: { ...request.headers, [name]: value } });
				const [url = ""] = request.url.split("?");
				facts[name] = verdict(await context.send({ method: "GET", url, headers: {} }));
			}
			return facts;
		},
	},
];

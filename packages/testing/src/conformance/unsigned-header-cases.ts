import { pattern, verdict } from "./material.js";
import type { ProviderCase } from "./provider-case.js";
import { bySingle, place, signedPut, whatIsStored } from "./single-upload.js";

const size = 4096;

/** Cases about headers that nobody signed. */
export const unsignedHeaderCases: readonly ProviderCase[] = [
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

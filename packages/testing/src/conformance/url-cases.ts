import { pattern, verdict } from "./material.js";
import type { ProviderCase } from "./provider-case.js";
import { bySingle, place, signedPut, whatIsStored } from "./single-upload.js";

const always = (): boolean => true;
const size = 4096;

/** Cases about what the holder of a URL can do with it, and for how long. */
export const urlCases: readonly ProviderCase[] = [
	{
		name: "a URL used for another key is refused",
		capability: "contract",
		refuses: true,
		expected: { put: "refused", stored: "nothing" },
		applies: bySingle,
		async run(context) {
			const key = context.key("signed");
			const other = key.replace("signed", "stolen");
			const request = await signedPut(context, key, pattern(size));
			const url = request.url.replace("signed", "stolen");
			const put = verdict(await context.send({ ...request, url }));
			return { put, stored: await whatIsStored(context, other, {}) };
		},
	},
	{
		name: "a URL without its query is refused",
		capability: "contract",
		refuses: true,
		expected: { put: "refused", stored: "nothing" },
		applies: bySingle,
		async run(context) {
			const key = context.key("bare");
			const request = await signedPut(context, key, pattern(size));
			const [url = ""] = request.url.split("?");
			const put = verdict(await context.send({ ...request, url }));
			return { put, stored: await whatIsStored(context, key, {}) };
		},
	},
	{
		name: "a URL for writing can neither read nor delete",
		capability: "contract",
		refuses: true,
		expected: { get: "refused", delete: "refused", stored: "sent" },
		applies: bySingle,
		async run(context) {
			const key = context.key("write-only");
			const body = pattern(size);
			const { url, headers } = await signedPut(context, key, body);
			await context.send({ method: "PUT", url, headers, body });
			return {
				get: verdict(await context.send({ method: "GET", url, headers })),
				delete: verdict(await context.send({ method: "DELETE", url, headers })),
				stored: await whatIsStored(context, key, { sent: body }),
			};
		},
	},
	{
		name: "a URL for reading can neither write nor delete",
		capability: "contract",
		refuses: true,
		expected: { put: "refused", delete: "refused", stored: "first" },
		applies: always,
		async run(context) {
			const key = context.key("read-only");
			const first = pattern(size);
			await place(context, key, first);
			const { url, headers } = await context.provider.signDownload(key, { expiresIn: 300 });
			const put = await context.send({ method: "PUT", url, headers, body: pattern(size, 2) });
			return {
				put: verdict(put),
				delete: verdict(await context.send({ method: "DELETE", url, headers })),
				stored: await whatIsStored(context, key, { first }),
			};
		},
	},
	{
		name: "a URL is good for as long as it says, and is refused after it has expired",
		capability: "signing",
		refuses: true,
		expected: { read: "ok", late: "refused" },
		applies: always,
		async run(context) {
			const key = context.key("late");
			await place(context, key, pattern(size));
			// the clock of a real storage cannot be set
			for (let asked = 2; ; asked *= 2) {
				const signedAt = Date.now();
				const signed = await context.provider.signDownload(key, { expiresIn: asked });
				const { method, url, headers, expiresIn } = signed;
				const request = { method, url, headers };
				const read = verdict(await context.send(request));
				const left = signedAt + expiresIn * 1000 - Date.now();
				// a slow machine that has read too late learns nothing, and asks for longer; signed times have no fractions
				if (read !== "ok" && left < 1_000 && asked < 300) continue;
				await new Promise((resolve) => setTimeout(resolve, left + 1_100));
				return { read, late: verdict(await context.send(request)) };
			}
		},
	},
	{
		name: "an upload URL is refused after it has expired",
		capability: "signing",
		refuses: true,
		expected: { put: "refused", stored: "nothing" },
		applies: bySingle,
		async run(context) {
			const key = context.key("late-put");
			const request = await signedPut(context, key, pattern(size), { expiresIn: 1 });
			await new Promise((resolve) => setTimeout(resolve, 2_100));
			const put = verdict(await context.send(request));
			return { put, stored: await whatIsStored(context, key, {}) };
		},
	},
];

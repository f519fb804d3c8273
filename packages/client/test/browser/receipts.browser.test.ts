import { describe, expect, inject, it } from "vitest";
import { createClient, type Upload } from "../../src/browser/index.js";

interface PutRequest {
	readonly url: string;
	readonly receiptHeader: string | null;
}

/** A client of the real endpoint, whose PUT requests are changed. */
function clientWith(change: (request: PutRequest, plans: number) => PutRequest) {
	const calls: string[] = [];
	let plans = 0;
	const client = createClient({
		endpoint: inject("endpoint"),
		retry: { limit: 1 },
		fetch: async (request) => {
			calls.push(new URL(request.url).pathname.split("/").at(-1) ?? "");
			const response = await fetch(request);
			if (response.status !== 201) return response;
			const plan = await response.json();
			plans++;
			if (plan.request) plan.request = change(plan.request, plans);
			else {
				const [url] = plan.window.urls;
				const changed = change({ ...plan.window, url }, plans);
				plan.window = { ...changed, urls: [changed.url] };
			}
			return Response.json(plan, { status: 201 });
		},
	});
	return { client, calls };
}

const unique = (): string => `files/receipts-${crypto.randomUUID()}`;
const file = new Blob([new Uint8Array(6_000_000).fill(7)]);
const kinds = [
	["one request", 100_000_000],
	["a part", 1],
] as const;

describe.each(kinds)("%s in a page", (_, multipartThreshold) => {
	it.each(["/portal", "/page", "/redirect"])(
		"is not stored by a stranger's 200 at %s",
		async (path) => {
			const { client, calls } = clientWith((request) => ({
				...request,
				url: inject("faulty") + path,
			}));
			const upload: Upload = client.uploadFile(file, unique(), { multipartThreshold });
			await expect(upload).rejects.toMatchObject({ code: "blocked", retryable: true });
			expect(calls).not.toContain("abort");
		},
	);

	it("is found by the server where the receipt is hidden", async () => {
		const { client, calls } = clientWith((request) => ({ ...request, receiptHeader: "x-hidden" }));
		const key = unique();
		const result = await client.uploadFile(file, key, { multipartThreshold });
		expect(result).toMatchObject({ key, size: file.size });
		expect(calls.slice(1)).toEqual(multipartThreshold === 1 ? ["list", "complete"] : ["complete"]);
	});
});

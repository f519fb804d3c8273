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

describe("a bucket whose CORS rule hides ETag", () => {
	const { endpoint, partsAlone } = inject("hidden");
	const content = new Blob([new Uint8Array(6_000_000).map((_, i) => (i * 131) % 251)]);
	const sizeAt = async (key: string): Promise<unknown> => {
		const held = await fetch(`${inject("reader")}/${encodeURIComponent(key)}?hidden`);
		return (await held.json()).size;
	};

	it.each([
		["one request", endpoint, 100_000_000, true],
		["parts", endpoint, 1, true],
		["parts that are verified one by one", partsAlone, 1, false],
	])(
		"gets %s stored, and verified as far as it can be",
		async (_, endpoint, threshold, verified) => {
			const key = unique();
			const client = createClient({ endpoint, multipartThreshold: threshold });
			const result = await client.uploadFile(content, key);
			expect(result).toMatchObject({ size: content.size, verified });
			expect(result.checksum === undefined).toBe(!verified);
			expect(await sizeAt(key)).toBe(content.size);
		},
	);

	it("gets a stream in parts stored and verified", async () => {
		const key = unique();
		const long = new Blob([content, content, content]);
		const result = await createClient({ endpoint }).uploadFile(long.stream(), key);
		expect(result).toMatchObject({ size: long.size, verified: true });
		expect(await sizeAt(key)).toBe(long.size);
	});

	it.each([
		["one request", 100_000_000],
		["a part, after one that showed that receipts are hidden,", 1],
	])("never takes a stranger's 200 to %s for stored", async (_, multipartThreshold) => {
		const key = unique();
		const portal = `${inject("faulty")}/portal?{partNumber}{value}`;
		const client = createClient({
			endpoint,
			multipartThreshold,
			concurrency: 1,
			retry: { limit: 1 },
			fetch: async (request) => {
				const response = await fetch(request);
				if (response.status !== 201) return response;
				const plan = await response.json();
				if (plan.request) plan.request.url = portal;
				// the second part goes to the first of the addresses
				else plan.window.urls = [portal, ...plan.window.urls];
				return Response.json(plan, { status: 201 });
			},
		});
		const upload: Upload = client.uploadFile(content, key);
		await expect(upload).rejects.toMatchObject({
			code: expect.stringMatching(/^(blocked|invalid-parts)$/),
		});
		expect(await sizeAt(key)).toBeUndefined();
	});
});

import { createHmac, createSecretKey } from "node:crypto";
import { beforeEach, expect, test, vi } from "vitest";
import { azureProvider } from "../../../src/providers/azure/provider.js";
import { checkProvider } from "../../../src/uploads/check-provider.js";
import { defineUploads } from "../../../src/uploads/define-uploads.js";

const secret = Buffer.alloc(64, 7);
const options = { account: "media", container: "uploads", accountKey: secret.toString("base64") };
const provider = azureProvider(options);
const ref = { key: "videos/a.mp4", id: "0123456789abcdef01234567" };

beforeEach(() => {
	vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-29T08:00:00.900Z") });
	return () => vi.useRealTimers();
});

const queryOf = (url: string): Record<string, string> =>
	Object.fromEntries(new URL(url).searchParams);

test("Parts share one URL, which may write a blob of the upload and nothing else", async () => {
	const range = { first: 2, count: 2, partSize: 5 };
	const window = await provider.signParts(ref, range, { expiresIn: 300 });
	const [url = ""] = window.urls;
	expect(url).toMatch(
		/^https:\/\/media\.blob\.core\.windows\.net\/uploads\/\.skyput\/0123456789abcdef01234567\?/,
	);
	expect(queryOf(url)).toEqual({
		sv: "2021-12-02",
		spr: "https",
		se: "2026-11-29T08:05:00Z",
		sr: "b",
		sp: "w",
		sig: expect.any(String),
		comp: "block",
		blockid: "{value}",
	});
	expect(window).toMatchObject({
		first: 2,
		count: 2,
		values: ["000002", "000003"].map((text) => Buffer.from(text).toString("base64")),
		headers: {},
		receiptHeader: null,
		expiresIn: 300,
		expiresAt: "2026-11-29T08:05:00.000Z",
	});
	expect(window).not.toHaveProperty("partChecksum");
});

test("A download names type and disposition of the answer in its signature, at the public endpoint", async () => {
	const publicEndpoint = "https://files.example.com";
	const { url, ...rest } = await azureProvider({ ...options, publicEndpoint }).signDownload("a b", {
		expiresIn: 60,
		contentDisposition: "attachment; filename*=UTF-8''a%20b",
		contentType: "text/plain",
	});
	expect(url).toMatch(/^https:\/\/files\.example\.com\/uploads\/a%20b\?/);
	expect(queryOf(url)).toMatchObject({
		sp: "r",
		rscd: "attachment; filename*=UTF-8''a%20b",
		rsct: "text/plain",
	});
	expect(rest).toMatchObject({ method: "GET", headers: {}, expiresIn: 60 });
});

test("A URL that would bind a whole file, a version, or another digest of a part is refused", async () => {
	const range = { first: 1, count: 1, partSize: 5 };
	const calls = [
		() => provider.signUpload({ key: "a", size: 1 }, { expiresIn: 60, createOnly: true }),
		() => provider.signDownload("a", { expiresIn: 60, version: "1" }),
		() => provider.delete("a", { version: "1" }),
		() => provider.signParts(ref, range, { expiresIn: 60, partChecksum: "crc32" }),
	];
	for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "unsupported" });
});

test("A handler takes rules that must not overwrite, and none with tags", () => {
	const create = (rule: object) => () =>
		checkProvider(defineUploads({ "files/:name": { authorize: "public", ...rule } }), provider, {
			post: true,
		});
	expect(create({})).not.toThrow();
	expect(create({ tags: { owner: "a" } })).toThrow(/tags, which azure storage/);
});

test("Signing 1,000 parts costs at most 2.5 times 1,000 bare HMACs", async () => {
	const key = createSecretKey(secret);
	const text = `w\n\n2026-11-29T08:05:00Z\n/blob/media/uploads/.skyput/${ref.id}\n\n\nhttps\n2021-12-02\nb${"\n".repeat(7)}`;
	const range = { first: 1, count: 1_000, partSize: 16 * 2 ** 20 };
	const ratios: number[] = [];
	for (let round = 0; round < 10; round++) {
		const begun = performance.now();
		await provider.signParts(ref, range, { expiresIn: 300 });
		const signed = performance.now();
		for (let part = 0; part < 1_000; part++)
			createHmac("sha256", key).update(text).digest("base64");
		ratios.push((signed - begun) / (performance.now() - signed));
	}
	// the best round: others share the processor, and the first ones are compiled meanwhile
	expect(Math.min(...ratios)).toBeLessThan(2.5);
});

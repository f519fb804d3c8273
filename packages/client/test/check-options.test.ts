import { describe, expect, it } from "vitest";
import { checkClientOptions, normalizeOptions } from "../src/check-options.js";
import { UploadError } from "../src/errors.js";
import type { Settings } from "../src/options.js";
import { createClientFor } from "./fakes/client.js";
import { createFakeEndpoint } from "./fakes/endpoint.js";
import { createFakePlatform } from "./fakes/platform.js";
import { bytes, failureOf } from "./fakes/values.js";

const platform = createFakePlatform();
const endpoint = "https://api.test/uploads";
const normalize = (options: object): Settings =>
	normalizeOptions([{ endpoint, ...options }], platform);

describe("options", () => {
	it("are all optional but the endpoint", () => {
		expect(normalize({})).toMatchObject({
			endpoint: new URL(endpoint),
			concurrency: 16,
			retry: { limit: 8, networkLimit: 20 },
			stallTimeout: 30_000,
			checksum: true,
			multipartThreshold: 100_000_000,
		});
	});

	it("refuse an unknown name and list the known ones", () => {
		expect(() => normalize({ resumed: true })).toThrow(/option `resumed`.*concurrency.*signal/);
		expect(() => normalize({ retry: { limits: 1 } })).toThrow(
			/option `limits`.*limit, networkLimit/,
		);
		expect(() => normalize({ constructor: 1 })).toThrow(/option `constructor`/);
	});

	it("refuse for a client the options of a single upload", () => {
		const options = { endpoint, onProgress: () => {} };
		expect(() => checkClientOptions(options, platform)).toThrow(/option `onProgress`/);
	});

	it.each([
		["endpoint", ""],
		["endpoint", 5],
		["endpoint", "//user:hunter2@api.test"],
		["endpoint", "ftp://api.test"],
		["endpoint", "https://user:hunter2@api.test"],
		["maxBytesPerSecond", 0],
		["maxBytesPerSecond", Number.NaN],
		["maxBytesPerSecond", "1 MB"],
		["maxBytesPerSecond", "5000"],
		["concurrency", 0],
		["concurrency", 1.5],
		["concurrency", "4"],
		["concurrency", Number.NaN],
		["retry", 3],
		["retry", null],
		["stallTimeout", 0],
		["stallTimeout", Number.POSITIVE_INFINITY],
		["stallTimeout", 2 ** 29],
		["checksum", "yes"],
		["headers", "authorization"],
		["fetch", {}],
		["multipartThreshold", -1],
		["contentType", 1],
		["resume", "yes"],
		["resume", null],
		["resume", {}],
		["resume", { get: async () => undefined }],
		["priority", "urgent"],
		["onProgress", "tell me"],
		["signal", {}],
	])("refuse a bad `%s`: %j", (name, value) => {
		let error: unknown;
		try {
			normalize({ [name]: value });
		} catch (thrown) {
			error = thrown;
		}
		expect(error).toBeInstanceOf(UploadError);
		expect(error).toMatchObject({ code: "invalid-request", retryable: false });
		expect((error as UploadError).message).toContain(`\`${name}\``);
		expect((error as UploadError).message).not.toContain("hunter2");
	});

	it("refuse a retry limit that is not a count", () => {
		expect(() => normalize({ retry: { limit: -1 } })).toThrow(/`limit`/);
		expect(() => normalize({ retry: { networkLimit: 0.5 } })).toThrow(/`networkLimit`/);
	});

	it("resolve a relative endpoint where the runtime has a base", () => {
		const browser = { ...platform, baseUrl: () => "https://app.test/gallery/" };
		const { endpoint } = normalizeOptions([{ endpoint: "/uploads" }], browser);
		expect(endpoint.href).toBe("https://app.test/uploads");
	});

	it.each([undefined, "about:blank"])("name a relative endpoint that %s can't resolve", (page) => {
		const elsewhere = { ...platform, baseUrl: () => page };
		const start = (): Settings => normalizeOptions([{ endpoint: "/api/up?token=1" }], elsewhere);
		expect(start).toThrow(/`endpoint` "\/api\/up" is relative.*no page.*absolute URL/);
	});

	it("bound the concurrency by what the runtime can use", () => {
		expect(normalize({ concurrency: 1_000 }).concurrency).toBe(16);
	});
});

describe("bad input", () => {
	const api = createFakeEndpoint();
	const { createClient, uploadFile } = createClientFor(platform);

	it("makes createClient throw", () => {
		expect(() => createClient({} as never)).toThrow(UploadError);
		expect(() => createClient(undefined as never)).toThrow(/must be an object/);
	});

	it.each([
		[
			"an unknown option",
			() => uploadFile(bytes(1), "a", { ...api.options, resumed: true } as never),
			"invalid-request",
		],
		["no options", () => uploadFile(bytes(1), "a", undefined as never), "invalid-request"],
		["a file that is none", () => uploadFile(5 as never, "a", api.options), "invalid-request"],
		["an empty key", () => uploadFile(bytes(1), "", api.options), "invalid-key"],
		["a key that is no string", () => uploadFile(bytes(1), 7 as never, api.options), "invalid-key"],
		[
			"metadata that is no JSON",
			() => uploadFile(bytes(1), "a", { ...api.options, metadata: 1n }),
			"invalid-request",
		],
	])("rejects the handle for %s, and sends nothing", async (_, start, code) => {
		const upload = start();
		expect(await failureOf(upload)).toMatchObject({ code });
		expect(upload.state).toBe("failed");
		expect(api.requests).toHaveLength(0);
	});

	it("lets one upload's options win over the client's", async () => {
		const client = createClient({ ...api.options, checksum: false });
		await client.uploadFile(bytes(1), "a", { checksum: true, contentType: "image/png" });
		expect(api.calls.create[0]).toMatchObject({ contentType: "image/png", checksums: [{}] });
	});
});

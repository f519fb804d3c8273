import { describe, expect, it, vi } from "vitest";
import { createClientModule } from "../src/client.js";
import type { LoadMultipart } from "../src/run-upload.js";
import { createClientFor } from "./fakes/client.js";
import { createFakeEndpoint, planFor } from "./fakes/endpoint.js";
import { createFakePlatform, stored } from "./fakes/platform.js";
import { bytes, eventually, failureOf } from "./fakes/values.js";

const file = bytes(20);
const load: LoadMultipart = () => import("../src/multipart/index.js");

describe("the code for uploads in parts", () => {
	it("is fetched ahead once, when the page is idle after its first client", async () => {
		const tasks: (() => void)[] = [];
		const platform = { ...createFakePlatform(), whenIdle: (task: () => void) => tasks.push(task) };
		const loadMultipart = vi.fn(load);
		const { createClient } = createClientModule(platform, loadMultipart);
		expect(tasks).toHaveLength(0);
		createClient(createFakeEndpoint().options);
		createClient(createFakeEndpoint().options);
		expect(tasks).toHaveLength(1);
		expect(loadMultipart).not.toHaveBeenCalled();
		tasks[0]?.();
		expect(loadMultipart).toHaveBeenCalledOnce();
	});

	it("is fetched again on need where it could not be fetched ahead, which nobody notices", async () => {
		const api = createFakeEndpoint();
		const loadMultipart = vi.fn(load).mockRejectedValueOnce(new TypeError("Failed to fetch"));
		const platform = { ...createFakePlatform(), whenIdle: (task: () => void) => task() };
		const client = createClientModule(platform, loadMultipart).createClient(api.options);
		const upload = client.uploadFile(file, "a", { multipartThreshold: 1 });
		expect(await upload).toMatchObject({ size: 20 });
	});

	it("is not fetched for a small file", async () => {
		const loadMultipart = vi.fn(load);
		const { uploadFile } = createClientModule(createFakePlatform(), loadMultipart);
		await uploadFile(file, "a", createFakeEndpoint().options);
		expect(loadMultipart).not.toHaveBeenCalled();
	});

	it("ends an upload with advice when a deployment has removed it, and the next upload tries again", async () => {
		const api = createFakeEndpoint();
		const cause = new TypeError("Failed to fetch dynamically imported module");
		const loadMultipart = vi.fn(load).mockRejectedValueOnce(cause);
		const { createClient } = createClientModule(createFakePlatform(), loadMultipart);
		const client = createClient({ ...api.options, multipartThreshold: 1 });
		const error = await failureOf(client.uploadFile(file, "a"));
		expect(error).toMatchObject({ code: "network", retryable: true, cause });
		expect(error.message).toContain("reload the page");
		expect(api.requests).toHaveLength(0);
		expect(await client.uploadFile(file, "a")).toMatchObject({ size: 20 });
	});

	it("ends an upload in the same way when it does not come within half a minute", async () => {
		const timeout = vi.spyOn(AbortSignal, "timeout");
		timeout.mockReturnValue(AbortSignal.abort(new DOMException("", "TimeoutError")));
		const { uploadFile } = createClientModule(createFakePlatform(), () => new Promise(() => {}));
		const { options } = createFakeEndpoint();
		const error = await failureOf(uploadFile(file, "a", { ...options, multipartThreshold: 1 }));
		expect(error).toMatchObject({ code: "network", retryable: true });
		expect(timeout).toHaveBeenCalledWith(30_000);
		timeout.mockRestore();
	});

	it("is not requested while there is no network, which the upload shows", async () => {
		const api = createFakeEndpoint();
		let back: PromiseWithResolvers<void> | undefined = Promise.withResolvers<void>();
		const platform = { ...createFakePlatform(), outage: () => back?.promise };
		const loadMultipart = vi.fn(load);
		const { createClient } = createClientModule(platform, loadMultipart);
		const client = createClient({ ...api.options, multipartThreshold: 1 });
		const [upload, other] = [client.uploadFile(file, "a"), client.uploadFile(file, "b")];
		await eventually(() => upload.state === "offline");
		other.abort("enough");
		expect(await failureOf(other)).toMatchObject({ code: "aborted", cause: "enough" });
		expect(loadMultipart).not.toHaveBeenCalled();
		back.resolve();
		back = undefined;
		expect(await upload).toMatchObject({ size: 20 });
	});

	it("can be waited for by an upload that is aborted meanwhile", async () => {
		const { uploadFile } = createClientModule(createFakePlatform(), () => new Promise(() => {}));
		const { options } = createFakeEndpoint();
		const upload = uploadFile(file, "a", { ...options, multipartThreshold: 1 });
		upload.abort("changed my mind");
		expect(await failureOf(upload)).toMatchObject({ code: "aborted", cause: "changed my mind" });
		expect(upload.state).toBe("aborted");
	});
});

describe("a call about an object, whose code is not loaded yet,", () => {
	const removed = new TypeError("Failed to fetch dynamically imported module");

	it("fails in the app's words when the code cannot be loaded, and the next call tries again", async () => {
		const loadMultipart = vi.fn(load).mockRejectedValueOnce(removed);
		const { createClient } = createClientModule(createFakePlatform(), loadMultipart);
		const client = createClient({
			...createFakeEndpoint().options,
			fetch: async () => Response.json({ url: "https://storage.test/a" }),
			messages: { network: "Keine Verbindung." },
		});
		const error = await failureOf(client.downloadUrl("a"));
		expect(error).toMatchObject({ code: "network", retryable: true, cause: removed });
		expect(error.message).toBe("Keine Verbindung.");
		expect(await client.downloadUrl("a")).toBe("https://storage.test/a");
	});

	it("can be aborted meanwhile", async () => {
		const { createClient } = createClientModule(createFakePlatform(), () => new Promise(() => {}));
		const client = createClient(createFakeEndpoint().options);
		const controller = new AbortController();
		const calls = [
			client.downloadUrl("a", { signal: controller.signal }),
			client.status("a", { signal: controller.signal }),
			client.deleteFile("a", { signal: controller.signal }),
		];
		controller.abort("enough");
		for (const call of calls) {
			expect(await failureOf(call)).toMatchObject({ code: "aborted", cause: "enough" });
		}
	});

	it("waits for the network", async () => {
		let back: PromiseWithResolvers<void> | undefined = Promise.withResolvers<void>();
		const platform = { ...createFakePlatform(), outage: () => back?.promise };
		const loadMultipart = vi.fn(load);
		const client = createClientModule(platform, loadMultipart).createClient({
			...createFakeEndpoint().options,
			fetch: async () => Response.json({ url: "https://storage.test/a" }),
		});
		const url = client.downloadUrl("a");
		expect(loadMultipart).not.toHaveBeenCalled();
		back.resolve();
		back = undefined;
		expect(await url).toBe("https://storage.test/a");
	});
});

describe("bare uploads", () => {
	/** Uploads many files at once; resolves with how many were in flight together. */
	const mostAtOnce = async (endpoints: readonly string[]): Promise<number> => {
		const platform = createFakePlatform(async () => {
			await new Promise((resolve) => setTimeout(resolve));
			return stored();
		});
		const { uploadFile } = createClientFor(platform);
		const { options } = createFakeEndpoint();
		await Promise.all(
			endpoints.map((endpoint, index) =>
				uploadFile(file, `${index}`, { ...options, endpoint: `https://api.test/${endpoint}` }),
			),
		);
		return platform.mostAtOnce();
	};

	it("share one client for each endpoint", async () => {
		expect(await mostAtOnce(Array(20).fill("uploads"))).toBe(4);
		expect(await mostAtOnce(Array.from({ length: 20 }, (_, i) => `uploads-${i % 2}`))).toBe(8);
	});

	it("reject when an option is wrong, and never throw", async () => {
		const { uploadFile } = createClientFor(createFakePlatform());
		const upload = uploadFile(file, "a", { endpoint: "ftp://nowhere" });
		expect(await failureOf(upload)).toMatchObject({ code: "invalid-request" });
	});
});

it("a client throws at once for options that are wrong", () => {
	const { createClient } = createClientFor(createFakePlatform());
	expect(() => createClient({ endpoint: "ftp://nowhere" })).toThrow(/endpoint/);
});

describe("a relative endpoint", () => {
	it("may be that of a client that a server creates, whose uploads then say what is wrong", async () => {
		const client = createClientFor(createFakePlatform()).createClient({ endpoint: "/api/uploads" });
		const error = await failureOf(client.uploadFile(file, "a"));
		expect(error).toMatchObject({ code: "invalid-request" });
		expect(error.message).toContain('`endpoint` "/api/uploads" is relative');
		await expect(client.downloadUrl("a")).rejects.toMatchObject({ code: "invalid-request" });
	});

	it("is resolved at the first upload, and stays", async () => {
		let page = "https://app.test/not-yet/";
		const platform = { ...createFakePlatform(), baseUrl: () => page };
		const api = createFakeEndpoint();
		const { createClient } = createClientFor(platform);
		const client = createClient({ ...api.options, endpoint: "uploads" });
		for (page of ["https://app.test/one/", "https://app.test/two/"]) {
			await client.uploadFile(file, "a");
		}
		const own = createClient({ ...api.options, endpoint: "uploads" });
		await own.uploadFile(file, "a");
		expect(api.requests.map(({ url }) => url)).toEqual([
			"https://app.test/one/uploads",
			"https://app.test/one/uploads",
			"https://app.test/two/uploads",
		]);
	});
});

it("an option of an upload that is undefined leaves the client's in force", async () => {
	const api = createFakeEndpoint({ create: (body) => planFor(body) });
	const client = createClientFor(createFakePlatform()).createClient({
		...api.options,
		checksum: false,
	});
	await client.uploadFile(file, "a", { checksum: undefined });
	expect(api.calls.create[0]).not.toHaveProperty("checksums");
});

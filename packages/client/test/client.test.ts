import { describe, expect, it } from "vitest";
import { createFace } from "../src/client.js";
import { load } from "../src/upload/load-multipart.js";
import { createEngine } from "../src/upload-file.js";
import { createFakeEndpoint } from "./fakes/endpoint.js";
import { createFakePlatform } from "./fakes/platform.js";
import { bytes, eventually, failureOf } from "./fakes/values.js";

const file = bytes(20);

describe("the engine of a page", () => {
	it("is loaded once for a client, when that is made", async () => {
		const api = createFakeEndpoint();
		const platform = createFakePlatform();
		let loads = 0;
		const face = createFace(platform, async () => {
			loads++;
			return createEngine(platform);
		});
		const client = face.createClient(api.options);
		expect(loads).toBe(1);
		await Promise.all([client.uploadFile(file, "a"), client.uploadFile(file, "b")]);
		expect(loads).toBe(1);
		expect(api.calls.create.map(({ key }) => key)).toEqual(["a", "b"]);
	});

	it("is not loaded for options that are wrong", async () => {
		let loads = 0;
		const face = createFace(createFakePlatform(), () => {
			loads++;
			return new Promise(() => {});
		});
		expect(() => face.createClient({ endpoint: "nowhere" })).toThrow(/endpoint/);
		expect(loads).toBe(0);
	});

	it("ends an upload in words where it went away with a deployment, and the next one tries again", async () => {
		const api = createFakeEndpoint();
		const platform = createFakePlatform();
		const cause = new TypeError("Failed to fetch dynamically imported module");
		let gone = true;
		const face = createFace(platform, () =>
			load(gone ? Promise.reject(cause) : Promise.resolve(createEngine(platform))),
		);
		const client = face.createClient(api.options);
		const error = await failureOf(client.uploadFile(file, "a"));
		expect(error).toMatchObject({ code: "network", retryable: true, cause });
		expect(error.message).toContain("reload the page");
		expect(api.requests).toHaveLength(0);
		gone = false;
		expect(await client.uploadFile(file, "a")).toMatchObject({ size: 20 });
	});

	it("is no reason to throw where it cannot even be asked for yet", async () => {
		const face = createFace(createFakePlatform(), () => {
			throw new Error("no timers here");
		});
		const client = face.createClient(createFakeEndpoint().options);
		expect((await failureOf(client.uploadFile(file, "a"))).code).toBe("internal");
	});

	it("is not asked for while there is no network, which the upload shows", async () => {
		const api = createFakeEndpoint();
		const platform = createFakePlatform();
		let back: PromiseWithResolvers<void> | undefined = Promise.withResolvers<void>();
		let loads = 0;
		const face = createFace({ ...platform, outage: () => back?.promise }, async () => {
			loads++;
			return createEngine(platform);
		});
		const client = face.createClient(api.options);
		const [upload, other] = [client.uploadFile(file, "a"), client.uploadFile(file, "b")];
		await eventually(() => upload.state === "offline");
		other.abort("enough");
		expect(await failureOf(other)).toMatchObject({ code: "aborted", cause: "enough" });
		expect(loads).toBe(0);
		back.resolve();
		back = undefined;
		expect(await upload).toMatchObject({ size: 20 });
		expect(loads).toBe(1);
	});

	it("lets an upload be aborted while it is still on its way", async () => {
		const face = createFace(createFakePlatform(), () => new Promise(() => {}));
		const upload = face.uploadFile(file, "a", createFakeEndpoint().options);
		upload.abort("changed my mind");
		expect(await failureOf(upload)).toMatchObject({ code: "aborted", cause: "changed my mind" });
		expect(upload.state).toBe("aborted");
	});
});

it("an option of an upload that is undefined leaves the client's in force", async () => {
	const api = createFakeEndpoint();
	const platform = createFakePlatform();
	const { createClient } = createFace(platform, async () => createEngine(platform));
	const client = createClient({ ...api.options, checksum: false });
	await client.uploadFile(file, "a", { checksum: undefined } as never);
	expect(api.calls.create[0]).not.toHaveProperty("checksums");
});

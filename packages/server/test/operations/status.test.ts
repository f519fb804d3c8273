import { expect, test } from "vitest";
import { memoryCompletions } from "../../src/completions.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { createBody, serve } from "../support/call.js";

const uploads = defineUploads({
	"files/:userId/:name": {
		authorize: ({ principal }) => principal !== null,
		authorizeRead: ({ principal, params, action }) =>
			action === "status" && principal?.sub === params.userId,
	},
});

test("an upload is uploading until its own object is stored", async () => {
	const { post, provider } = serve({ uploads });
	const { body } = await post("", createBody("files/7/a", 5), "7");
	const token: string = body["token"] ?? "";
	const uploadId: string = body["uploadId"] ?? "";
	const status = async () => (await post("status", { token }, "7")).body;
	expect(await status()).toEqual({ state: "uploading" });
	provider.storeObject("files/7/a", 5, "of another upload");
	expect(await status()).toEqual({ state: "uploading" });
	provider.storeObject("files/7/a", 5, uploadId);
	expect(await status()).toEqual({ state: "available" });
	expect(await post("status", { token }, "8")).toMatchObject({
		status: 403,
		body: { code: "forbidden" },
	});
});

test("an upload whose file a recorded rejection has deleted is rejected, with the reason", async () => {
	const rejecting = defineUploads({
		"a/*n": {
			authorize: "public",
			key: () => "a/x",
			onComplete: ({ reject }) => reject("no cats"),
		},
	});
	const { post, provider } = serve({ uploads: rejecting, completions: memoryCompletions() });
	const { body } = await post("", createBody("a/x", 5));
	const status = async () => (await post("status", { token: body["token"] })).body;
	expect(await status()).toEqual({ state: "uploading" });
	provider.storeObject("a/x", 5, body["uploadId"]);
	expect(await status()).toEqual({ state: "available" });
	expect((await post("complete", { token: body["token"] })).body.code).toBe("rejected");
	expect(await status()).toEqual({ state: "rejected", reason: "no cats" });
});

test("by key, a reader learns that the object is there, and others that nothing is", async () => {
	const { post, provider } = serve({ uploads });
	provider.storeObject("files/7/a", 5);
	expect(await post("status", { key: "files/7/a" }, "7")).toMatchObject({
		status: 200,
		body: { state: "available" },
	});
	const hidden = [
		await post("status", { key: "files/7/a" }, "8"),
		await post("status", { key: "files/7/a" }),
		await post("status", { key: "elsewhere" }, "7"),
		await post("status", { key: "files/7/missing" }, "7"),
	];
	for (const { status, body } of hidden) expect([status, body.code]).toEqual([404, "not-found"]);
	expect(new Set(hidden.map(({ body }) => body.detail)).size).toBe(1);
});

test("either token or key is required", async () => {
	const { post } = serve({ uploads });
	for (const body of [{}, { token: "x.y", key: "files/7/a" }]) {
		expect(await post("status", body, "7")).toMatchObject({
			status: 400,
			body: { code: "invalid-request" },
		});
	}
});

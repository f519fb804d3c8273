import { expect, test } from "vitest";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { serve, silentLog } from "../support/call.js";

const uploads = defineUploads({
	"files/:userId/:name": {
		authorize: "public",
		authorizeDelete: ({ principal, params, action }) =>
			action === "delete" && principal?.sub === params.userId,
	},
	"kept/:name": { authorize: "public", authorizeRead: "public" },
});

test("a caller whom authorizeDelete allows deletes an object, and may repeat it", async () => {
	const { post, provider } = serve({ uploads, log: silentLog() });
	provider.storeObject("files/7/a", 5);
	expect(await post("delete", { key: "files/7/a" }, "7")).toMatchObject({ status: 204, body: {} });
	expect(provider.objects.size).toBe(0);
	expect((await post("delete", { key: "files/7/a" }, "7")).status).toBe(204);
});

test("nobody else deletes anything, and GET does not", async () => {
	const { post, send, provider } = serve({ uploads, log: silentLog() });
	provider.storeObject("files/7/a", 5);
	provider.storeObject("kept/a", 5);
	const refused = [
		await post("delete", { key: "files/7/a" }),
		await post("delete", { key: "files/7/a" }, "8"),
		await post("delete", { key: "kept/a" }, "7"),
		await post("delete", {}, "7"),
		await send("GET", "/uploads/delete", { query: "key=files/7/a", sub: "7" }),
	];
	expect(refused.map(({ status }) => status)).toEqual([401, 403, 403, 400, 405]);
	expect([...provider.objects.keys()]).toEqual(["files/7/a", "kept/a"]);
});

test("a handler warns once of rules whose deleted keys can be written again", () => {
	const log = silentLog();
	serve({ uploads, log });
	expect(log.lines).toEqual([
		{ level: "WARN", reason: expect.stringContaining('"files/:userId/:name"') },
	]);
	const quiet = silentLog();
	const serverMade = defineUploads({
		"files/:name": { authorize: "public", authorizeDelete: "public", key: () => "files/1" },
	});
	serve({ uploads: serverMade, log: quiet });
	expect(quiet.lines).toEqual([]);
});

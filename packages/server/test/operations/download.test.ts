import { expect, test } from "vitest";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { type Server, serve } from "../support/call.js";
import { memoryProvider } from "../support/memory-provider.js";

const uploads = defineUploads({
	"photos/:userId/:name": {
		authorize: "public",
		contentTypes: ["image/png", "image/jpeg"],
		authorizeRead: ({ principal, params, action }) =>
			action === "download" && principal?.sub === params.userId,
	},
	"images/:name": { authorize: "public", contentTypes: ["image/*"], authorizeRead: "public" },
	"videos/:name": { authorize: "public", contentTypes: ["video/*"], authorizeRead: "public" },
	"any/:name": { authorize: "public", authorizeRead: "public" },
	"named/:name": {
		authorize: "public",
		authorizeRead: "public",
		contentTypes: ["video/*"],
		contentDisposition: 'attachment; filename="a.mp4"',
	},
	"secret/:name": { authorize: "public" },
});

/** A server with an object under each key, and the options of each signed download. */
function serveObjects() {
	const provider = memoryProvider();
	for (const key of [
		"photos/7/a.png",
		"images/a.svg",
		"videos/a.mp4",
		"any/a",
		"named/a",
		"secret/a",
	]) {
		provider.storeObject(key, 5);
	}
	const signed: unknown[] = [];
	const { signDownload } = provider;
	provider.signDownload = (key, options) => {
		signed.push(options);
		return signDownload(key, options);
	};
	const server = serve({ uploads, provider });
	const get: Server["send"] = (method, path, options) => server.send(method, path, options);
	const download = (query: string, sub?: string) =>
		get("GET", "/uploads/download", { query, ...(sub === undefined ? {} : { sub }) });
	return { provider, signed, download };
}

test("a caller whom authorizeRead allows gets a signed URL as JSON", async () => {
	const { download, signed } = serveObjects();
	expect(await download("key=photos/7/a.png", "7")).toMatchObject({
		status: 200,
		headers: { "cache-control": "no-store" },
		body: {
			url: expect.stringMatching(/^https:/),
			method: "GET",
			headers: {},
			expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
		},
	});
	expect(signed).toEqual([{ expiresIn: 300, contentDisposition: "inline" }]);
});

test("a name that was stored with a file counts only where its rule has given it", async () => {
	const { download, signed } = serveObjects();
	expect((await download("key=named/a")).status).toBe(200);
	// anybody could have stored one here
	expect((await download("key=videos/a.mp4")).status).toBe(200);
	expect(signed).toEqual([{ expiresIn: 300 }, { expiresIn: 300, contentDisposition: "inline" }]);
});

test("redirect=true answers 302 without a body", async () => {
	const { download } = serveObjects();
	const answer = await download("key=photos/7/a.png&redirect=true", "7");
	expect(answer).toMatchObject({ status: 302, body: {} });
	expect(answer.headers["location"]).toMatch(/^https:/);
});

test.each([
	["key=photos/7/a.png", undefined, 401, "unauthenticated"],
	["key=photos/7/a.png", "8", 403, "forbidden"],
	["key=secret/a", "7", 403, "forbidden"],
	["key=elsewhere/a", "7", 403, "forbidden"],
	["key=photos/7/missing.png", "7", 404, "not-found"],
	["key=..", "7", 400, "invalid-key"],
	["", "7", 400, "invalid-request"],
	["key=any/a&disposition=open", "7", 400, "invalid-request"],
	["key=any/a&redirect=yes", "7", 400, "invalid-request"],
] as const)("%s of %s is refused with %i %s", async (query, sub, status, code) => {
	expect(await serveObjects().download(query, sub)).toMatchObject({ status, body: { code } });
});

test.each([
	["photos/7/a.png", "&disposition=inline", "inline"],
	["photos/7/a.png", "&disposition=inline&filename=b.png", 'inline; filename="b.png"'],
	["photos/7/a.png", "&filename=b.png", 'attachment; filename="b.png"'],
	["videos/a.mp4", "&disposition=inline", "inline"],
	// image/* accepts SVG, and a rule without types accepts HTML
	["images/a.svg", "&disposition=inline", "attachment"],
	["any/a", "&disposition=inline&filename=b.html", 'attachment; filename="b.html"'],
	["any/a", "", "attachment"],
	[
		"photos/7/a.png",
		"&disposition=attachment&filename=%E5%86%99%E7%9C%9F%20%22.png",
		"attachment; filename=\"__ _.png\"; filename*=UTF-8''%E5%86%99%E7%9C%9F%20%22.png",
	],
])("%s%s is signed as %s", async (key, query, contentDisposition) => {
	const { download, signed } = serveObjects();
	expect((await download(`key=${key}${query}`, "7")).status).toBe(200);
	expect(signed).toEqual([{ expiresIn: 300, contentDisposition }]);
});

test.each([
	["a slash", "a%2Fb"],
	["a backslash", "a%5Cb"],
	["a line break", "a%0D%0Ab"],
	["a bidirectional override", "gpj%E2%80%AEexe"],
	["more than 255 characters", "a".repeat(256)],
	["nothing", ""],
])("a file name with %s is refused", async (_, filename) => {
	expect(await serveObjects().download(`key=any/a&filename=${filename}`)).toMatchObject({
		status: 400,
		body: { code: "invalid-request", errors: [{ field: "filename" }] },
	});
});

test("a file is saved under no extension that its rule refuses", async () => {
	const provider = memoryProvider();
	provider.storeObject("photos/a.png", 5);
	const uploads = defineUploads({
		"photos/:name": { authorize: "public", authorizeRead: "public", extensions: ["png"] },
	});
	const server = serve({ uploads, provider });
	const download = (filename: string) =>
		server.send("GET", "/uploads/download", { query: `key=photos/a.png&filename=${filename}` });
	for (const filename of ["a.exe", "a.png.html", "a.png.", "a"]) {
		expect(await download(filename)).toMatchObject({
			status: 415,
			body: { code: "unsupported-type", errors: [{ field: "filename" }] },
		});
	}
	expect((await download("holiday.PNG")).status).toBe(200);
});

test("where the server may not look, the storage answers the URL itself", async () => {
	const { download, provider } = serveObjects();
	const { UploadError } = await import("../../src/errors.js");
	provider.before = (method) => {
		if (method === "head") throw new UploadError("forbidden", "No s3:ListBucket.");
	};
	expect((await download("key=any/missing")).status).toBe(200);
});

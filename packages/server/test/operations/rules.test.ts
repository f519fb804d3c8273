import { expect, test } from "vitest";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { createBody, serve } from "../support/call.js";

const uploads = defineUploads({
	"avatars/:userId/:name": {
		maxSize: "5 MB",
		minSize: "1 kB",
		contentTypes: ["image/png", "image/jpeg"],
		extensions: ["PNG", "jpg"],
		authorize: ({ principal, params }) => principal?.sub === params.userId,
	},
	"open/:name": { authorize: ({ action }) => action !== "rules" },
	"free/:name": { authorize: "public" },
});
const rules = (key: string, sub?: string) =>
	serve({ uploads }).send("GET", "/uploads/rules", {
		query: `key=${key}`,
		...(sub === undefined ? {} : { sub }),
	});

test("a caller who may upload learns the limits of a key", async () => {
	expect(await rules("avatars/7/a.png", "7")).toMatchObject({
		status: 200,
		body: {
			maxSize: 5_000_000,
			minSize: 1000,
			contentTypes: ["image/png", "image/jpeg"],
			extensions: ["png", "jpg"],
		},
	});
	expect((await rules("free/a")).body).toEqual({});
});

test("nobody else does", async () => {
	const refused = [
		await rules("avatars/7/a.png"),
		await rules("avatars/7/a.png", "8"),
		await rules("open/a", "7"),
		await rules("elsewhere", "7"),
	];
	expect(refused.map(({ status }) => status)).toEqual([401, 403, 403, 403]);
});

test("files below minSize and keys with another extension are refused", async () => {
	const { post } = serve({ uploads });
	const begin = (key: string, size: number) =>
		post("", createBody(key, size, { contentType: "image/png" }), "7");
	expect((await begin("avatars/7/a.png", 1000)).status).toBe(201);
	expect((await begin("avatars/7/a.b.JPG", 1000)).status).toBe(201);
	expect(await begin("avatars/7/a.png", 999)).toMatchObject({
		status: 400,
		body: { code: "invalid-size", detail: "The file has 999 B; at least 1 kB are required." },
	});
	for (const name of ["a.html", "a", "png", "a.png.exe", "a."]) {
		expect(await begin(`avatars/7/${name}`, 1000)).toMatchObject({
			status: 415,
			body: { code: "unsupported-type", errors: [{ field: "key" }] },
		});
	}
});

test("limits that contradict each other, and extensions that no key has, throw by name", () => {
	expect(() => defineUploads({ "a/:n": { minSize: 2, maxSize: 1 } })).toThrow(
		'The rule "a/:n" is invalid: minSize is larger than maxSize',
	);
	expect(() => defineUploads({ "a/:n": { extensions: [".png"] } })).toThrow(
		'".png" is not an extension such as "png"; write it without the dot',
	);
});

test.each([
	[{ contentTypes: "image/png" }, "contentTypes must be a list of at least one"],
	[{ contentTypes: [] }, "contentTypes must be a list of at least one"],
	[{ extensions: "png" }, "extensions must be a list of at least one"],
	[{ extensions: [] }, "extensions must be a list of at least one"],
	[{ overwrite: "false" }, 'has the overwrite "false", which is neither true nor false'],
	[{ quarantine: 1 }, "has the quarantine 1, which is neither true nor false"],
])("a rule with %j, which would refuse every file or mean something else, throws", (rule, why) => {
	expect(() => defineUploads({ "a/:n": rule as object })).toThrow(why);
});

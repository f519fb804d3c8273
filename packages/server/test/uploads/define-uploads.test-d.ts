import * as v from "valibot";
import { expectTypeOf, test } from "vitest";
import { defineUploads } from "../../src/uploads/define-uploads.js";

const uploads = defineUploads({
	"avatars/:userId/:name": {
		maxSize: "5 MB",
		authorize: ({ principal, params }) => {
			expectTypeOf(params).toEqualTypeOf<{ readonly userId: string } & { readonly name: string }>();
			return principal?.sub === params.userId;
		},
	},
	"videos/:userId/*path": {
		metadata: v.object({ title: v.string() }),
		authorize: ({ params, action }) => params.path !== "" && action === "create",
		key: ({ params }) => `videos/${params.userId}/x`,
		onComplete: async ({ key, params, reject }) => {
			if (params.path === "no") reject("no");
			return { id: key.length };
		},
	},
	"logs/:day": { authorize: "public", onComplete: ({ params }) => params.day },
});

type Table = NonNullable<(typeof uploads)["~uploads"]>;

test("the table's type holds what the client sends and gets for every pattern", () => {
	expectTypeOf<keyof Table>().toEqualTypeOf<
		"avatars/:userId/:name" | "videos/:userId/*path" | "logs/:day"
	>();
	expectTypeOf<Table["videos/:userId/*path"]["metadata"]>().toEqualTypeOf<{ title: string }>();
	expectTypeOf<Table["videos/:userId/*path"]["data"]>().toEqualTypeOf<{ id: number }>();
	expectTypeOf<Table["avatars/:userId/:name"]["metadata"]>().toEqualTypeOf<undefined>();
	expectTypeOf<Table["avatars/:userId/:name"]["data"]>().toEqualTypeOf<undefined>();
	expectTypeOf<Table["logs/:day"]["data"]>().toEqualTypeOf<string>();
});

test("a parameter that the pattern does not have is refused", () => {
	defineUploads({
		// @ts-expect-error there is no `user` in the pattern
		"a/:userId": { authorize: ({ params }) => params.user === "x" },
	});
});

test("an unknown option is refused", () => {
	// @ts-expect-error it is called maxSize
	defineUploads({ "a/:b": { maxBytes: 5 } });
});

test("a schema whose output is not strings is refused", () => {
	// @ts-expect-error metadata is stored as strings
	defineUploads({ "a/:b": { metadata: v.object({ n: v.number() }) } });
});

import * as v from "valibot";
import { expectTypeOf, test } from "vitest";
import { defineUploads, type InferUploads } from "../../src/uploads/define-uploads.js";

const uploads = defineUploads({
	"avatars/:userId/:name": {
		maxSize: "5 MB",
		authorize: ({ principal, params }) => {
			expectTypeOf(params).toEqualTypeOf<{ readonly userId: string } & { readonly name: string }>();
			return principal?.sub === params.userId;
		},
	},
	"videos/:userId/*path": {
		metadata: v.object({ title: v.string(), seconds: v.pipe(v.string(), v.transform(Number)) }),
		authorize: ({ params, action }) => params.path !== "" && action === "create",
		key: ({ params }) => `videos/${params.userId}/x`,
		onComplete: async ({ key, params, metadata, reject }) => {
			if (params.path === "no") reject("no");
			expectTypeOf(metadata).toEqualTypeOf<{ title: string; seconds: number }>();
			return { id: key.length };
		},
	},
	"logs/:day": {
		authorize: "public",
		onComplete: ({ params, metadata }) => {
			expectTypeOf(metadata).toEqualTypeOf<Readonly<Record<never, never>>>();
			return params.day;
		},
	},
});

type Table = InferUploads<typeof uploads>;

test("the table's type holds what the client sends and gets for every pattern", () => {
	expectTypeOf<keyof Table>().toEqualTypeOf<
		"avatars/:userId/:name" | "videos/:userId/*path" | "logs/:day"
	>();
	expectTypeOf<Table["videos/:userId/*path"]["metadata"]>().toEqualTypeOf<{
		title: string;
		seconds: string;
	}>();
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

test("a schema's output may hold strings, numbers, booleans and optional members", () => {
	defineUploads({
		"a/:b": {
			metadata: v.object({ n: v.number(), on: v.boolean(), note: v.optional(v.string()) }),
			onComplete: ({ metadata }) => {
				expectTypeOf(metadata).toEqualTypeOf<{
					n: number;
					on: boolean;
					note?: string | undefined;
				}>();
			},
		},
	});
});

test("a schema whose output cannot be stored as text is refused", () => {
	// @ts-expect-error a list is not one text
	defineUploads({ "a/:b": { metadata: v.object({ tags: v.array(v.string()) }) } });
});

test("undefined stands for an absent option", () => {
	defineUploads({ "a/:b": { maxSize: undefined, authorize: undefined, onComplete: undefined } });
});

import * as v from "valibot";
import { expectTypeOf, test } from "vitest";
import * as z from "zod";
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

test("a result of which nothing is known stays unknown", () => {
	const { "~uploads": types } = defineUploads({
		"a/:b": { onComplete: (): unknown => 1 },
		"b/:b": { onComplete: () => JSON.parse("1") },
		"c/:b": { onComplete: async () => {} },
		"d/:b": { metadata: v.record(v.string(), v.string()), onComplete: undefined },
		"e/:b": {
			metadata: v.pipe(
				v.unknown(),
				v.transform(() => ({ made: true })),
			),
		},
	});
	type Types = NonNullable<typeof types>;
	expectTypeOf<Types["a/:b"]["data"]>().toBeUnknown();
	expectTypeOf<Types["b/:b"]["data"]>().toBeAny();
	expectTypeOf<Types["c/:b"]["data"]>().toBeUndefined();
	expectTypeOf<Types["d/:b"]>().toEqualTypeOf<{
		readonly metadata: { [x: string]: string };
		readonly data: undefined;
	}>();
	expectTypeOf<Types["e/:b"]["metadata"]>().toBeUnknown();
});

test("a result has the types that are left after JSON", () => {
	interface Tree {
		readonly name: string;
		readonly children: readonly Tree[];
	}
	const { "~uploads": types } = defineUploads({
		"a/:b": {
			onComplete: async ({ key }) => ({
				key,
				at: new Date(),
				pair: [1, new URL("https://a.example")] as const,
				comment: undefined as string | undefined,
				tree: null as Tree | null,
			}),
		},
		"b/:b": { onComplete: ({ size }) => (size > 5 ? null : ("small" as const)) },
		"c/:b": { onComplete: () => 1n },
	});
	type Types = NonNullable<typeof types>;
	expectTypeOf<Types["a/:b"]["data"]>().toEqualTypeOf<{
		key: string;
		at: string;
		pair: readonly [1, string];
		comment: string | undefined;
		tree: Tree | null;
	}>();
	expectTypeOf<Types["b/:b"]["data"]>().toEqualTypeOf<"small" | null>();
	expectTypeOf<Types["c/:b"]["data"]>().toBeNever();
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

test("a schema of Zod that turns text into a number types it as a number", () => {
	defineUploads({
		"a/:b": {
			metadata: z.object({ seconds: z.coerce.number(), title: z.string().optional() }),
			onComplete: ({ metadata }) => {
				expectTypeOf(metadata).toEqualTypeOf<{ seconds: number; title?: string | undefined }>();
			},
		},
	});
});

test("a schema's output may hold strings, numbers, booleans and optional members", () => {
	defineUploads({
		"a/:b": {
			metadata: v.object({ n: v.number(), on: v.boolean(), comment: v.optional(v.string()) }),
			onComplete: ({ metadata }) => {
				expectTypeOf(metadata).toEqualTypeOf<{
					n: number;
					on: boolean;
					comment?: string | undefined;
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

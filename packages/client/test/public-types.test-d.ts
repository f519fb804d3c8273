import { Readable } from "node:stream";
import { describe, expectTypeOf, it } from "vitest";
import type { Client, ClientModule } from "../src/client-types.js";
import type { UploadOptions } from "../src/options.js";
import type {
	Upload,
	UploadReport,
	UploadResult,
	UploadSnapshot,
	UploadState,
} from "../src/public-types.js";
import type { KeyArgument, KeyOf, OptionsArguments } from "../src/table-types.js";

interface Uploads {
	readonly "~uploads"?: {
		readonly "avatars/:userId/:name": { metadata: undefined; data: { id: number } };
		readonly "videos/:userId/*path": { metadata: { title: string }; data: undefined };
		readonly "notes/:id": { metadata: { color: string } | undefined; data: string };
	};
}

declare const clientModule: ClientModule;
declare const typed: Client<Uploads>;
declare const untyped: Client;
declare const file: Blob;
declare const id: string;
declare const count: number;

describe("a client typed from the server's table", () => {
	it("is what createClient<typeof uploads> makes", () => {
		expectTypeOf(clientModule.createClient<Uploads>({ endpoint: "" })).toEqualTypeOf<
			Client<Uploads>
		>();
	});

	it("wants metadata exactly as the rule does", () => {
		void typed.uploadFile(file, "notes/1");
		void typed.uploadFile(file, "notes/1", { metadata: { color: "red" } });
		// @ts-expect-error required by the rule
		void typed.uploadFile(file, "videos/42/a.mp4");
		// @ts-expect-error required by the rule
		void typed.uploadFile(file, "videos/42/a.mp4", { checksum: false });
		// @ts-expect-error of another type
		void typed.uploadFile(file, "videos/42/a.mp4", { metadata: { title: 5 } });
		// @ts-expect-error the rule has no schema
		void typed.uploadFile(file, "avatars/42/me.png", { metadata: { title: "" } });
		// @ts-expect-error of another type, though optional
		void typed.uploadFile(file, "notes/1", { metadata: { color: 5 } });
	});

	it("knows what onComplete returns", () => {
		expectTypeOf(typed.uploadFile(file, "avatars/42/me.png")).toEqualTypeOf<
			Upload<{ id: number }>
		>();
		const video = typed.uploadFile(file, "videos/42/a.mp4", { metadata: { title: "" } });
		expectTypeOf(video).resolves.toEqualTypeOf<UploadResult<undefined>>();
	});

	it("takes undefined for every option", () => {
		const props: { signal?: AbortSignal; onProgress?: () => void } = {};
		void typed.uploadFile(file, "notes/1", props);
		void typed.uploadFile(file, "notes/1", { signal: props.signal, metadata: undefined });
		void typed.uploadFile(file, "notes/1", undefined);
		clientModule.createClient({ endpoint: "", headers: undefined, retry: { limit: undefined } });
	});

	it("knows the names of the options", () => {
		// @ts-expect-error unknown
		void typed.uploadFile(file, "avatars/42/me.png", { paralel: 4 });
		void typed.uploadFile(file, "avatars/42/me.png", { resume: true });
		// @ts-expect-error no store
		void typed.uploadFile(file, "avatars/42/me.png", { resume: { get: async () => "" } });
		// @ts-expect-error belongs to the client
		void typed.uploadFile(file, "avatars/42/me.png", { endpoint: "" });
	});
});

describe("a key", () => {
	const title = { metadata: { title: "" } };

	it("is a literal or a template literal that fits a pattern by its segments", () => {
		void typed.uploadFile(file, "avatars/42/me.png");
		void typed.uploadFile(file, `avatars/${id}/me.png`);
		void typed.uploadFile(file, `avatars/${id}/${id}`);
		void typed.uploadFile(file, `avatars/user-${id}/${count}.png`);
		void typed.uploadFile(file, "videos/42/a.mp4", title);
		void typed.uploadFile(file, "videos/42/a/b/c.mp4", title);
		void typed.uploadFile(file, `videos/${id}/${id}`, title);
	});

	it("fits no pattern with a wrong or missing segment", () => {
		// @ts-expect-error no pattern begins so
		void typed.uploadFile(file, "avatar/42/me.png");
		// @ts-expect-error a segment is missing
		void typed.uploadFile(file, "avatars/me.png");
		// @ts-expect-error two are too many
		void typed.uploadFile(file, "avatars/1/2/3/4");
		// @ts-expect-error a segment is missing
		void typed.uploadFile(file, `avatars/${id}`);
		// @ts-expect-error the first segment may be any
		void typed.uploadFile(file, `${id}/42/me.png`);
		// @ts-expect-error the rest has at least one segment
		void typed.uploadFile(file, "videos/42", title);
	});

	it("has no empty and no dot segment", () => {
		// @ts-expect-error two are empty
		void typed.uploadFile(file, "avatars//");
		// @ts-expect-error one is empty
		void typed.uploadFile(file, `avatars/${id}/`);
		// @ts-expect-error the first is empty
		void typed.uploadFile(file, "/avatars/42/me.png");
		// @ts-expect-error one of the rest is empty
		void typed.uploadFile(file, "videos/42/a//b", title);
		// @ts-expect-error no key has it
		void typed.uploadFile(file, "avatars/../me.png");
	});

	it("is not the bare pattern", () => {
		// @ts-expect-error the parameters are still to be filled in
		void typed.uploadFile(file, "avatars/:userId/:name");
		// @ts-expect-error one parameter is still to be filled in
		void typed.uploadFile(file, "avatars/42/:name");
		// @ts-expect-error the rest is still to be filled in
		void typed.uploadFile(file, "videos/42/*path", title);
	});

	it("is no plain string unless it is cast to KeyOf", () => {
		// @ts-expect-error might be any key
		void typed.uploadFile(file, id);
		const key = id as KeyOf<Uploads, "avatars/:userId/:name" | "notes/:id">;
		expectTypeOf(key).toEqualTypeOf<`avatars/${string}/${string}` | `notes/${string}`>();
		expectTypeOf(typed.uploadFile(file, key)).toEqualTypeOf<Upload<{ id: number } | string>>();
		expectTypeOf<KeyOf<Uploads>>().toEqualTypeOf<
			`avatars/${string}/${string}` | `notes/${string}` | `videos/${string}/${string}`
		>();
	});

	it("that fits two rules gives the data of either, and wants what suits both", () => {
		const key = id as "avatars/42/me.png" | "notes/1";
		expectTypeOf(typed.uploadFile(file, key)).toEqualTypeOf<Upload<{ id: number } | string>>();
		const both = id as "videos/42/a.mp4" | "notes/1";
		const metadata = { title: "", color: "red" };
		expectTypeOf(typed.uploadFile(file, both, { metadata })).toEqualTypeOf<
			Upload<undefined | string>
		>();
		// @ts-expect-error one of the rules requires a title
		void typed.uploadFile(file, both);
		// @ts-expect-error the other would refuse it
		void typed.uploadFile(file, id as "videos/42/a.mp4" | "avatars/1/a", { metadata });
		// @ts-expect-error one of both fits no pattern
		void typed.uploadFile(file, id as "notes/1" | "elsewhere");
	});

	it("passes through a wrapper that is generic in it", () => {
		const wrapper = <const Key extends string>(
			key: KeyArgument<Uploads, Key>,
			...options: OptionsArguments<Uploads, Key, UploadOptions>
		) => typed.uploadFile(file, key, ...options);
		expectTypeOf(wrapper("notes/1")).toEqualTypeOf<Upload<string>>();
		// @ts-expect-error no pattern of the table
		void wrapper("note/1");
		// @ts-expect-error required by the rule
		void wrapper("videos/42/a.mp4");
	});

	it("may be any string where the only pattern takes any", () => {
		const any: Client<{ "~uploads"?: { "*path": { metadata: undefined; data: 5 } } }> =
			clientModule as never;
		expectTypeOf(any.uploadFile(file, id)).toEqualTypeOf<Upload<5>>();
		void any.uploadFile(file, "a/b/c");
		// @ts-expect-error one segment is empty
		void any.uploadFile(file, "a//c");
	});
});

describe("an untyped client", () => {
	it("takes any key and any metadata, and knows nothing of the data", () => {
		void untyped.uploadFile(file, id);
		const upload = untyped.uploadFile(file, "any/key", { metadata: { a: 1 } });
		expectTypeOf(upload).resolves.toHaveProperty("data").toEqualTypeOf<unknown>();
	});

	it("takes blobs, bytes, streams of bytes and what can be opened", () => {
		void untyped.uploadFile(new File([], "a"), "a");
		void untyped.uploadFile(new ArrayBuffer(1), "a");
		void untyped.uploadFile(new Uint8Array(1), "a");
		void untyped.uploadFile({ open: () => Promise.reject(new Error()) }, "a");
		void untyped.uploadFile(Readable.from([]), "a", { size: 5 });
		void untyped.uploadFile(new ReadableStream<Uint8Array>(), "a");
		void untyped.uploadFile(new Response("").body ?? new Blob(), "a");
		void untyped.uploadFile(new Blob().stream(), "a");
		void untyped.uploadFile(
			(async function* () {
				yield new Uint8Array(1);
			})(),
			"a",
		);
		// @ts-expect-error a stream of text
		void untyped.uploadFile(new ReadableStream<string>(), "a");
		// @ts-expect-error not a file
		void untyped.uploadFile("path/to/file", "a");
	});
});

describe("a bare uploadFile", () => {
	it("wants the endpoint among its options", () => {
		expectTypeOf(clientModule.uploadFile(file, id, { endpoint: "" })).toEqualTypeOf<Upload>();
		// @ts-expect-error where to?
		void clientModule.uploadFile(file, id, {});
	});
});

/** As `@types/react` 19 declares it. */
declare function useSyncExternalStore<Snapshot>(
	subscribe: (onStoreChange: () => void) => () => void,
	getSnapshot: () => Snapshot,
	getServerSnapshot?: () => Snapshot,
): Snapshot;

describe("a handle", () => {
	it("is an external store of React", () => {
		const { subscribe, snapshot } = typed.uploadFile(file, "avatars/42/me.png");
		const read = useSyncExternalStore(subscribe, snapshot, snapshot);
		expectTypeOf(read).toEqualTypeOf<UploadSnapshot>();
		expectTypeOf(read.state).toEqualTypeOf<UploadState>();
	});

	it("has a plain promise and a report of JSON", () => {
		const { result, report } = typed.uploadFile(file, "avatars/42/me.png");
		expectTypeOf(result).toEqualTypeOf<Promise<UploadResult<{ id: number }>>>();
		expectTypeOf(report).returns.toEqualTypeOf<UploadReport>();
	});
});

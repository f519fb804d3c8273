import { Readable } from "node:stream";
import { describe, expectTypeOf, it } from "vitest";
import type { Client, ClientFace, Upload, UploadResult } from "../src/public-types.js";

interface Uploads {
	readonly "~uploads"?: {
		readonly "avatars/:userId/:name": { metadata: undefined; data: { id: number } };
		readonly "videos/:userId/*path": { metadata: { title: string }; data: undefined };
		readonly "notes/:id": { metadata: { color: string } | undefined; data: string };
	};
}

declare const face: ClientFace;
declare const typed: Client<Uploads>;
declare const untyped: Client;
declare const file: Blob;
declare const id: string;

describe("a client typed from the server's table", () => {
	it("is what createClient<typeof uploads> makes", () => {
		expectTypeOf(face.createClient<Uploads>({ endpoint: "" })).toEqualTypeOf<Client<Uploads>>();
	});

	it("takes the keys of the table and no others", () => {
		void typed.uploadFile(file, "avatars/42/me.png");
		void typed.uploadFile(file, `avatars/${id}/me.png`);
		void typed.uploadFile(file, "videos/42/a/b/c.mp4", { metadata: { title: "" } });
		// @ts-expect-error no pattern of the table
		void typed.uploadFile(file, "avatar/42/me.png");
		// @ts-expect-error a segment is missing
		void typed.uploadFile(file, "avatars/me.png");
		// @ts-expect-error might be any key
		void typed.uploadFile(file, id);
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
		expectTypeOf(face.uploadFile(file, id, { endpoint: "" })).toEqualTypeOf<Upload>();
		// @ts-expect-error where to?
		void face.uploadFile(file, id, {});
	});
});

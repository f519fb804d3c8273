import { defineUploads } from "@skyput/server";
import { expectTypeOf, test } from "vitest";
import type { ClientModule } from "../src/client-types.js";
import type { UploadResult } from "../src/public-types.js";

const uploads = defineUploads({
	"avatars/:userId/:name": {
		maxSize: "5 MB",
		authorize: ({ principal, params }) => principal?.sub === params.userId,
	},
	"videos/:userId/*path": {
		authorize: "public",
		onComplete: async ({ key, size }) => ({ id: key, size }),
	},
});

declare const clientModule: ClientModule;
declare const file: File;

test("the server's own table types the client: keys, metadata and the result of onComplete", () => {
	const client = clientModule.createClient<typeof uploads>({
		endpoint: "https://api.example/uploads",
	});
	expectTypeOf(client.uploadFile(file, "videos/42/holiday.mp4")).resolves.toEqualTypeOf<
		UploadResult<{ id: string; size: number }>
	>();
	expectTypeOf(client.uploadFile(file, "avatars/42/me.png")).resolves.toEqualTypeOf<
		UploadResult<undefined>
	>();
	// @ts-expect-error no pattern of the table
	void client.uploadFile(file, "movies/42/holiday.mp4");
	// @ts-expect-error the rule has no schema
	void client.uploadFile(file, "avatars/42/me.png", { metadata: { title: "" } });
});

test("the keys of several files fit the table, too", () => {
	const client = clientModule.createClient<typeof uploads>({
		endpoint: "https://api.example/uploads",
	});
	void client.uploadFiles([file], ({ name }) => `avatars/42/${name}`);
	void client.uploadFiles([file], async (_, { path }) => `videos/42/${path}` as const);
	// @ts-expect-error no pattern of the table
	void client.uploadFiles([file], ({ name }) => `movies/42/${name}`);
});

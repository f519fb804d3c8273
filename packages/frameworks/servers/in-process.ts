import { createClient } from "@skyput/client";
import { fromPath } from "@skyput/client/node";
import { defineUploads } from "@skyput/server";
import { createFetchHandler } from "@skyput/server/web";
import { uploadOptions } from "./uploads.ts";

const handleUploads = createFetchHandler({
	...uploadOptions(),
	uploads: defineUploads({ "films/:name": { authorize: "public" } }), // only this program can call it
});

const client = createClient({
	endpoint: "http://in-process/uploads", // never opened: `fetch` answers
	fetch: handleUploads,
	resume: true,
});

export const saveFilm = (path: string, name: string) =>
	client.uploadFile(fromPath(path), `films/${name}`);

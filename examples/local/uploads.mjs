import { defineUploads } from "@skyput/server";

export const uploads = defineUploads({
	// a user's own files, each written once
	"users/:userId/*path": {
		maxSize: "5 GB",
		authorize: ({ principal, params }) => principal?.sub === params.userId,
	},
	// nothing but the key is bound into a URL here, so that a bare `curl -T` is enough
	"scratch/:name": {
		overwrite: true,
		authorize: ({ principal }) => principal !== null,
	},
});

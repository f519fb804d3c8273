import { defineUploads } from "@skyput/server";

export const uploads = defineUploads({
	// a user's own files, which are never overwritten
	"users/:userId/*path": {
		maxSize: "5 GB",
		contentTypes: ["image/*", "video/*", "audio/*", "application/*", "text/plain", "text/csv"],
		partSize: "5 MiB",
		authorize: ({ principal, params }) => principal?.sub === params.userId,
	},
	// no header has to be sent with these URLs, so a plain `curl -T` works
	"scratch/:name": {
		overwrite: true,
		authorize: ({ principal }) => principal !== null,
	},
});

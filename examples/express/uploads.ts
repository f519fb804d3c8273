import { defineUploads } from "@skyput/server";

export const uploads = defineUploads({
	"users/:userId/*path": {
		maxSize: "5 GB",
		authorize: ({ principal, params }) => principal?.sub === params.userId,
		authorizeRead: ({ principal, params }) => principal?.sub === params.userId,
	},
});

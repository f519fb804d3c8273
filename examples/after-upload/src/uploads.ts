import { defineUploads } from "@skyput/server";

export const uploads = defineUploads({
	"documents/:userId/:name": {
		maxSize: "100 MB",
		contentTypes: [
			"application/pdf",
			"application/zip",
			"image/png",
			"image/jpeg",
			"image/svg+xml",
		],
		authorize: ({ principal, params }) => principal?.sub === params.userId,
		authorizeRead: ({ principal, params }) => principal?.sub === params.userId,
		quarantine: true,
	},
});

import { defineUploads } from "@skyput/server";

export const uploads = defineUploads({
	"documents/:name": {
		maxSize: "50 MB",
		authorize: "public",
		authorizeRead: "public",
	},
	"films/:name": {
		maxSize: "50 GB",
		contentTypes: ["video/*"],
		authorize: "public",
		authorizeRead: "public",
		provider: "azure",
	},
});

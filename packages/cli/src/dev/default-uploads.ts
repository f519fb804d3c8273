import { defineUploads } from "@skyput/server";

/** What `skyput dev` serves where there is no table yet: the one that `skyput init` writes. */
export const defaultUploads = defineUploads({
	"users/:userId/*path": {
		maxSize: "5 GB",
		authorize: ({ principal, params }) => principal?.sub === params.userId,
		authorizeRead: ({ principal, params }) => principal?.sub === params.userId,
	},
});

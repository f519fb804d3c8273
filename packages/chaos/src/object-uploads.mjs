import { defineUploads } from "@skyput/server";

/**
 * The table of the upload handler and of the object handlers.
 *
 * @param onComplete called with the id of an upload that is at its key
 */
export const uploads = (onComplete) =>
	defineUploads({
		"files/*path": {
			authorize: "public",
			quarantine: true,
			maxSize: "1 MB",
			onComplete: ({ uploadId }) => onComplete(uploadId),
		},
	});

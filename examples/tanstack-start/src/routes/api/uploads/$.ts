import { createFileRoute } from "@tanstack/react-router";
import { handleUploads } from "../../../uploads/handle-uploads.ts";

// every method, also OPTIONS, which the pages of other origins send first
export const Route = createFileRoute("/api/uploads/$")({
	server: { handlers: { ANY: ({ request }) => handleUploads(request) } },
});

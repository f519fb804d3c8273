// principals/handle-uploads.ts
import { createFetchHandler } from "@skyput/server/web";
import { clerkCallers } from "./clerk.ts";
import { uploadOptions } from "./uploads.ts";

// made once: it keeps the service's keys
const callers = clerkCallers("https://clerk.example.com", ["https://app.example.com"]);
let handler: ReturnType<typeof createFetchHandler> | undefined;

export function handleUploads(request: Request): Promise<Response> {
	handler ??= createFetchHandler({
		...uploadOptions(),
		principal: ({ headers }) => callers(headers.get("authorization")),
	});
	return handler(request);
}

import { createFetchHandler } from "@skyput/server/web";
import { uploadOptions, userOf } from "./uploads.ts";

let handler: ReturnType<typeof createFetchHandler> | undefined;

/** Makes the handler at the first request, since `next build` and others load this file without the environment. */
export function handleUploads(request: Request): Promise<Response> {
	handler ??= createFetchHandler({
		...uploadOptions(),
		principal: ({ headers }) => userOf(headers.get("authorization")),
	});
	return handler(request);
}

import { handleUploads as handle } from "../servers/handle-uploads.ts";

/** What the apps call; with `DROP_RESPONSE` set, their routes answer as if they did not return its response. */
export async function handleUploads(request: Request): Promise<Response> {
	const response = await handle(request);
	return process.env["DROP_RESPONSE"] ? (undefined as never) : response;
}

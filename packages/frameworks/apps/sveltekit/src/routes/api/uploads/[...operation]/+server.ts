import type { RequestHandler } from "@sveltejs/kit";
import { handleUploads } from "../../../../../../../servers/handle-uploads.ts";

// every method, also OPTIONS, which the pages of other origins send first
export const fallback: RequestHandler = ({ request }) => handleUploads(request);

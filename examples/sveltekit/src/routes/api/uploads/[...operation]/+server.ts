import type { RequestHandler } from "@sveltejs/kit";
import { handleUploads } from "../../../../lib/server/handle-uploads.ts";

// every method, also OPTIONS, which the pages of other origins send first
export const fallback: RequestHandler = ({ request }) => handleUploads(request);

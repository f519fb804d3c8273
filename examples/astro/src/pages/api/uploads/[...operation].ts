import type { APIRoute } from "astro";
import { handleUploads } from "../../../server/handle-uploads.ts";

export const prerender = false;
// every method, also OPTIONS, which the pages of other origins send first
export const ALL: APIRoute = ({ request }) => handleUploads(request);

import { defineHandler } from "nitro/h3";
import { handleUploads } from "../../../server/handle-uploads.ts";

export default defineHandler((event) => handleUploads(event.req));

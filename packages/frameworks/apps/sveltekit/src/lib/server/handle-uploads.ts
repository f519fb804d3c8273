export { handleUploads } from "../../../../handle-uploads.ts";

export { handleUploads } from "../../../../servers/handle-uploads.ts";

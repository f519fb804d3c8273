export { uploadOptions } from "../servers/uploads.ts";

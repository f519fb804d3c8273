export { uploadFile } from "@better-upload/client";

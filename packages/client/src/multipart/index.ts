// All that is loaded on demand, in one piece.
export { sendMultipart } from "./multipart.js";
export { openResumption } from "./resume.js";
export { openStream } from "./stream-source.js";

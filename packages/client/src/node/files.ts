export { type FromPathOptions, fromPath } from "./sources/path.js";

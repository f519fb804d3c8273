export type { OpenableSource, ResumeStore } from "../platform.js";
export { fileResumeStore } from "./resume-store.js";
export { type FromPathOptions, fromPath, type PathSource } from "./sources/from-path.js";

export type { OpenableSource } from "../platform.js";
export type { ResumeStore } from "../resume-store.js";
export { fileResumeStore } from "./resume-store.js";
export { type FromPathOptions, fromPath, type PathSource } from "./sources/from-path.js";

// What a program in Node imports, as one module.
export { fileResumeStore, fromPath } from "../../src/node/files.js";
export { createClient } from "../../src/node/index.js";

// @vitest-environment happy-dom
import { createClient } from "../../src/node/index.js";
import { testUploads } from "./upload-in-environment.js";

// its XMLHttpRequest sends a Blob without a length, which no presigned URL allows
testUploads({ node: { createClient } });

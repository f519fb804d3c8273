// All that a page needs to upload a file, loaded when it makes a client.

import type { Engine } from "../upload/context.js";
import { createEngine } from "../upload-file.js";
import { createBrowserPlatform } from "./platform.js";

const engine: Engine = /* @__PURE__ */ createEngine(/* @__PURE__ */ createBrowserPlatform());

export const createUploader: Engine["createUploader"] = engine.createUploader;

// @vitest-environment happy-dom
import * as browsers from "../../src/browser/index.js";
import * as node from "../../src/node/index.js";
import { testUploads } from "./upload-in-environment.js";

testUploads({ browsers, node });

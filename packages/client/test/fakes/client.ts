import { createClientModule } from "../../src/client.js";
import type { ClientModule } from "../../src/client-types.js";
import type { Platform } from "../../src/platform.js";

/** What the package would export for this platform. */
export const createClientFor = (platform: Platform): ClientModule =>
	createClientModule(platform, () => import("../../src/multipart/index.js"));

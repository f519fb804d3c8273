import { createClientModule } from "../../src/client.js";
import type { Platform } from "../../src/platform.js";
import type { ClientModule } from "../../src/public-types.js";

/** What the package would export for this platform. */
export const createClientFor = (platform: Platform): ClientModule =>
	createClientModule(platform, () => import("../../src/multipart/index.js"));

import { nitro } from "nitro/vite";
import { defineConfig } from "vite";

const conditions = ["source", "node", "import", "default"];

export default defineConfig({
	plugins: [nitro()],
	// the sources of this repository's packages
	environments: { nitro: { resolve: { conditions, noExternal: true } } },
});

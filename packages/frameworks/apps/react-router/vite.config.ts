import { reactRouter } from "@react-router/dev/vite";
import { defineConfig } from "vite";

export default defineConfig({
	plugins: [reactRouter()],
	// the sources of this repository's packages
	ssr: { resolve: { conditions: ["source", "node", "import", "default"] }, noExternal: true },
});

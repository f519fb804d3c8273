import adapter from "@sveltejs/adapter-node";
import { sveltekit } from "@sveltejs/kit/vite";
import { defineConfig } from "vite";

export default defineConfig({
	plugins: [sveltekit({ adapter: adapter() })],
	// the sources of this repository's packages
	ssr: { resolve: { conditions: ["source", "node", "import", "default"] }, noExternal: true },
});

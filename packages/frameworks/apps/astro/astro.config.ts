import node from "@astrojs/node";
import { defineConfig } from "astro/config";

export default defineConfig({
	output: "server",
	adapter: node({ mode: "middleware" }),
	base: "/base",
	// an app's own choice; the tests make both
	trailingSlash: process.env["TRAILING_SLASH"] === "always" ? "always" : "ignore",
	outDir: "build",
	// the sources of this repository's packages
	vite: {
		ssr: { resolve: { conditions: ["source", "node", "import", "default"] }, noExternal: true },
	},
});

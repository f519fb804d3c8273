import { defineConfig } from "tsup";

export default defineConfig({
	entry: { main: "src/main.ts" },
	format: ["esm"],
	target: "node22",
	platform: "node",
	// each command is loaded when it runs
	splitting: true,
	dts: false,
	// keep `node:` in imports; tsup strips it otherwise
	removeNodeProtocol: false,
	clean: true,
});

import { type Connect, defineConfig } from "vite";
import { createApi } from "./server/api.ts";

function serveUploads({ middlewares }: { readonly middlewares: Connect.Server }): void {
	middlewares.use("/uploads", createApi());
}

export default defineConfig({
	plugins: [
		// page and API on one origin, for `vite` and for `vite preview`
		{ name: "uploads", configureServer: serveUploads, configurePreviewServer: serveUploads },
	],
});

import { type Connect, defineConfig } from "vite";
import solid from "vite-plugin-solid";
import { createApi } from "./server/api.ts";

function serveUploads({ middlewares }: { readonly middlewares: Connect.Server }): void {
	middlewares.use("/api/uploads", createApi());
}

export default defineConfig({
	plugins: [
		solid(),
		// page and API on one origin; in production the handler is part of your own server
		{ name: "uploads", configureServer: serveUploads, configurePreviewServer: serveUploads },
	],
	preview: { host: process.env.HOST, port: Number(process.env.PORT ?? 4173) },
});

import { H3, serve } from "h3";
import { handleUploads } from "./handle-uploads.ts";

const app = new H3();
for (const path of ["/api/uploads", "/api/uploads/**"]) {
	app.all(path, (event) => handleUploads(event.req));
}

const started = serve(app, { port: Number(process.env.PORT ?? 3000), hostname: "127.0.0.1" });
export const server = started.node?.server;

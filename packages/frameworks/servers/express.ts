import { createNodeHandler } from "@skyput/server/node";
import express from "express";
import { uploadOptions, userOf } from "./uploads.ts";

const app = express();
app.use(express.json()); // body parsers may stand before the uploads, or after them
app.use(
	"/api/uploads",
	createNodeHandler({
		...uploadOptions(),
		principal: ({ headers }) => userOf(headers.authorization),
	}),
);

export const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");

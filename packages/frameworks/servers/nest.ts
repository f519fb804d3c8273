import "reflect-metadata";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { createNodeHandler } from "@skyput/server/node";
import { uploadOptions, userOf } from "./uploads.ts";

@Module({})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ["error", "warn"] });
app.use(
	"/api/uploads",
	createNodeHandler({
		...uploadOptions(),
		principal: ({ headers }) => userOf(headers.authorization),
	}),
);

await app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
export const server = app.getHttpServer();

import "reflect-metadata";
import type { IncomingMessage, ServerResponse } from "node:http";
import { All, Controller, Module, Req, Res } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { createNodeHandler } from "@skyput/server/node";
import { uploadOptions, userOf } from "./uploads.ts";

const handleUploads = createNodeHandler({
	...uploadOptions(),
	principal: ({ headers }) => userOf(headers.authorization),
});

@Controller("uploads")
class UploadsController {
	@All(["", "*path"])
	handle(@Req() request: IncomingMessage, @Res() response: ServerResponse) {
		return handleUploads(request, response);
	}
}

@Module({ controllers: [UploadsController] })
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ["error", "warn"] });
app.setGlobalPrefix("api");
await app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
export const server = app.getHttpServer();

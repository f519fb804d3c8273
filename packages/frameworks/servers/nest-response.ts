import { All, Controller, Req } from "@nestjs/common";
import type { Request as ExpressRequest } from "express";
import { handleUploads } from "./handle-uploads.ts";

@Controller("uploads")
export class UploadsController {
	@All(["", "*path"])
	handle(@Req() { method, headers, originalUrl, body }: ExpressRequest): Promise<Response> {
		const request = new Request(new URL(originalUrl, "http://localhost"), {
			method,
			headers: headers as Record<string, string>,
			...(body && { body: JSON.stringify(body) }),
		});
		return handleUploads(request);
	}
}

import { expect, test } from "vitest";
import { serve } from "../support/call.js";
import { begin, sizes } from "../support/multipart.js";

test("abort frees the parts, is safe to repeat, and never deletes a committed object", async () => {
	const server = serve();
	const token = await begin(server);
	server.provider.storeParts("upload-1", sizes);
	await server.post("complete", { token });
	for (let i = 0; i < 2; i++) {
		expect(await server.post("abort", { token })).toMatchObject({ status: 204, body: {} });
	}
	expect(server.provider.objects.has("files/a")).toBe(true);
	expect(server.provider.calls).not.toContain("delete");
});

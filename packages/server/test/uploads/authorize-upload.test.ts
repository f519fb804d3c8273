import { expect, test } from "vitest";
import { serve, silentLog } from "../support/call.js";

test("the log of a 401 says that no caller was found, and where to look", async () => {
	const log = silentLog();
	const { status } = await serve({ log }).get("key=avatars/7/a.png&contentType=image/png&size=1");
	expect(status).toBe(401);
	expect(log.lines).toMatchObject([
		{
			code: "unauthenticated",
			requestId: "request-1",
			reason: expect.stringMatching(/did not return true.*principal\(\) found no caller/),
		},
	]);
});

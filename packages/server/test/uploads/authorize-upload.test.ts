import { expect, test } from "vitest";
import {
	cognitoPrincipal,
	iamPrincipal,
	jwtPrincipal,
	lambdaPrincipal,
} from "../../src/adapters/lambda/principals.js";
import { serve, silentLog } from "../support/call.js";

test.each([
	["the handler has no option principal", undefined],
	["jwtPrincipal(): requestContext.authorizer.jwt.claims", jwtPrincipal()],
	["lambdaPrincipal(): requestContext.authorizer.lambda", lambdaPrincipal()],
	["iamPrincipal(): requestContext.authorizer.iam", iamPrincipal()],
	["cognitoPrincipal(): requestContext.authorizer.claims", cognitoPrincipal()],
	["the option principal returned null", () => null],
])("the log of a 401 says that no caller was found, and where: %s", async (where, principal) => {
	const log = silentLog();
	const server = serve({ log, principal });
	const { status, body } = await server.get("key=avatars/7/a.png&contentType=image/png&size=1");
	expect(status).toBe(401);
	expect(JSON.stringify(body)).not.toContain("rincipal");
	expect(log.lines).toMatchObject([{ code: "unauthenticated", requestId: "request-1" }]);
	expect(log.lines[0]?.["reason"]).toMatch(/did not return true.*no caller was found: /);
	expect(log.lines[0]?.["reason"]).toContain(where);
});

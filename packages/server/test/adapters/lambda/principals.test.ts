import { expect, test } from "vitest";
import type { LambdaEvent } from "../../../src/adapters/lambda/event.js";
import {
	cognitoPrincipal,
	iamPrincipal,
	jwtPrincipal,
	lambdaPrincipal,
} from "../../../src/adapters/lambda/principals.js";

const withAuthorizer = (authorizer: unknown, identity: unknown = {}): LambdaEvent => ({
	requestContext: { authorizer, identity },
});

test("principals are read from where each authorizer puts them", async () => {
	expect(
		await jwtPrincipal()(withAuthorizer({ jwt: { claims: { sub: "7", iss: "i", scope: "a" } } })),
	).toEqual({ sub: "7", iss: "i", scope: "a" });
	// payload 1.0, and REST
	expect(await jwtPrincipal()(withAuthorizer({ claims: { sub: "7", iss: "i" } }))).toEqual({
		sub: "7",
		iss: "i",
	});
	expect(await lambdaPrincipal()(withAuthorizer({ lambda: { sub: "7" } }))).toMatchObject({
		sub: "7",
	});
	expect(await lambdaPrincipal()(withAuthorizer({ principalId: "7", team: "x" }))).toMatchObject({
		sub: "7",
		team: "x",
	});
	expect(await cognitoPrincipal()(withAuthorizer({ claims: { sub: "7" } }))).toEqual({ sub: "7" });
	const arn = "arn:aws:iam::1:user/x";
	const expected = { sub: arn, iss: "aws:1" };
	expect(await iamPrincipal()(withAuthorizer({ iam: { userArn: arn, accountId: "1" } }))).toEqual(
		expected,
	);
	expect(await iamPrincipal()(withAuthorizer(undefined, { userArn: arn, accountId: "1" }))).toEqual(
		expected,
	);
});

test("users of a Cognito identity pool are distinguished, although they share one role session", async () => {
	const shared = {
		userArn: "arn:aws:sts::1:assumed-role/Authenticated/CognitoIdentityCredentials",
		accountId: "1",
	};
	const principals = await Promise.all(
		[
			withAuthorizer(undefined, { ...shared, cognitoIdentityId: "eu-west-1:a" }),
			withAuthorizer({ iam: { ...shared, cognitoIdentity: { identityId: "eu-west-1:b" } } }),
		].map(iamPrincipal()),
	);
	const iss = "cognito-identity.amazonaws.com";
	expect(principals).toEqual([
		{ sub: "eu-west-1:a", iss },
		{ sub: "eu-west-1:b", iss },
	]);
	// their session without their id: nobody can tell who it is
	expect(await iamPrincipal()(withAuthorizer(undefined, shared))).toBeNull();
	// callers of IAM itself have the members too, empty
	const caller = { userArn: "arn:aws:iam::1:user/x", accountId: "1" };
	for (const event of [
		withAuthorizer(undefined, { ...caller, cognitoIdentityId: null }),
		withAuthorizer({ iam: { ...caller, cognitoIdentity: null } }),
	]) {
		expect(await iamPrincipal()(event)).toEqual({ sub: caller.userArn, iss: "aws:1" });
	}
});

test("an authorizer that is absent, empty or of another kind gives no principal", async () => {
	const presets = [jwtPrincipal(), lambdaPrincipal(), cognitoPrincipal(), iamPrincipal()];
	for (const authorizer of [
		undefined,
		null,
		{},
		"x",
		{ jwt: null },
		{ jwt: { claims: { sub: "" } } },
		{ jwt: { claims: { sub: 7 } } },
		{ claims: {} },
		{ iam: { userArn: null } },
	]) {
		for (const preset of presets) expect(await preset(withAuthorizer(authorizer))).toBeNull();
	}
	expect(await lambdaPrincipal()(withAuthorizer({ jwt: { claims: { sub: "7" } } }))).toBeNull();
	for (const preset of presets) expect(await preset({})).toBeNull();
});

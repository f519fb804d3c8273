import type { Principal } from "../../uploads/rule.js";
import type { LambdaEvent } from "./event.js";

/** Identifies the caller from a gateway's event; null where there is none. */
export interface LambdaPrincipal {
	(event: LambdaEvent): Principal | null | Promise<Principal | null>;
	/** The members of the event that it reads, for the log of a call without a caller. */
	readonly reads?: string | undefined;
}

const reading = (reads: string, principal: LambdaPrincipal): LambdaPrincipal =>
	Object.assign(principal, { reads });

type Claims = Readonly<Record<string, unknown>>;

const objectIn = (value: unknown, name: string): Claims | null => {
	if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return null;
	const member = (value as Claims)[name];
	return typeof member === "object" && member !== null ? (member as Claims) : null;
};

const authorizerOf = (event: LambdaEvent): Claims | null =>
	objectIn(event.requestContext, "authorizer");

/** A principal from claims; null unless `sub` is a string that is not empty. */
function fromClaims(claims: Claims | null, sub: unknown = claims?.["sub"]): Principal | null {
	if (claims === null || typeof sub !== "string" || sub === "") return null;
	const { iss, ...rest } = claims;
	return { ...rest, sub, ...(typeof iss === "string" ? { iss } : {}) };
}

/**
 * The verified claims of an HTTP API's JWT authorizer: `requestContext.authorizer.jwt.claims` with payload 2.0,
 * `requestContext.authorizer.claims` with payload 1.0 and on a REST API.
 *
 * @returns The `principal` for `createLambdaHandler`.
 */
export function jwtPrincipal(): LambdaPrincipal {
	return reading("jwtPrincipal(): requestContext.authorizer.jwt.claims (or .claims)", (event) => {
		const authorizer = authorizerOf(event);
		return fromClaims(objectIn(objectIn(authorizer, "jwt") ?? authorizer, "claims"));
	});
}

/**
 * The result of a Lambda authorizer: on an HTTP API its `context`, with `sub` or `principalId`; on a REST API
 * `principalId` and the context.
 *
 * @returns The `principal` for `createLambdaHandler`.
 */
export function lambdaPrincipal(): LambdaPrincipal {
	return reading(
		"lambdaPrincipal(): requestContext.authorizer.lambda (or .principalId)",
		(event) => {
			const authorizer = authorizerOf(event);
			// claims of a Cognito or JWT authorizer belong to the other functions
			if (authorizer === null || objectIn(authorizer, "jwt") || objectIn(authorizer, "claims"))
				return null;
			const claims =
				objectIn(authorizer, "lambda") ?? (objectIn(authorizer, "iam") ? null : authorizer);
			return fromClaims(claims, claims?.["sub"] ?? claims?.["principalId"]);
		},
	);
}

/** The role session name that all users of a Cognito identity pool share. */
const poolSession = /\/CognitoIdentityCredentials$/;

/**
 * The caller that IAM authorized; `sub` is the ARN of the user or role session, and for users of a
 * Cognito identity pool their identity id. A Function URL does not provide that id: the result is null.
 *
 * @returns The `principal` for `createLambdaHandler`.
 */
export function iamPrincipal(): LambdaPrincipal {
	return reading("iamPrincipal(): requestContext.authorizer.iam (or .identity)", (event) => {
		const iam = objectIn(authorizerOf(event), "iam") ?? objectIn(event.requestContext, "identity");
		if (iam === null) return null;
		// HTTP APIs, then REST APIs
		const id = objectIn(iam, "cognitoIdentity")?.["identityId"] ?? iam["cognitoIdentityId"];
		if (typeof id === "string" && id !== "") {
			return { sub: id, iss: "cognito-identity.amazonaws.com" };
		}
		const arn = iam["userArn"];
		const account = iam["accountId"];
		return typeof arn === "string" && typeof account === "string" && !poolSession.test(arn)
			? { sub: arn, iss: `aws:${account}` }
			: null;
	});
}

/**
 * The claims of a REST API's Cognito user pool authorizer (`requestContext.authorizer.claims`).
 *
 * @returns The `principal` for `createLambdaHandler`.
 */
export function cognitoPrincipal(): LambdaPrincipal {
	return reading("cognitoPrincipal(): requestContext.authorizer.claims", (event) =>
		fromClaims(objectIn(authorizerOf(event), "claims")),
	);
}

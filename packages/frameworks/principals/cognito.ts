// principals/cognito.ts
import type { Principal } from "@skyput/server";
import { createRemoteJWKSet } from "jose";
import { verifyBearer } from "./verify-bearer.ts";

/** Callers with an access token of a Cognito user pool. */
export function cognitoCallers(
	issuer: string, // https://cognito-idp.REGION.amazonaws.com/USER-POOL-ID
	clientId: string,
	keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`)),
) {
	return async (authorization: string | null | undefined): Promise<Principal | null> => {
		const claims = await verifyBearer(authorization, keys, { issuer, algorithms: ["RS256"] });
		// an access token has client_id and no aud; an id token has aud, and is not for servers
		const isAccess = claims?.["token_use"] === "access" && claims["client_id"] === clientId;
		return isAccess ? claims : null;
	};
}

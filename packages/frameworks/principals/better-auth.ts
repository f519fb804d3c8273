// principals/better-auth.ts
import type { Principal } from "@skyput/server";
import { createRemoteJWKSet } from "jose";
import { verifyBearer } from "./verify-bearer.ts";

/** Callers with a token of Better Auth's JWT plugin. */
export function betterAuthCallers(
	baseURL: string, // of Better Auth, such as https://app.example.com
	keys = createRemoteJWKSet(new URL("/api/auth/jwks", baseURL)),
) {
	const options = { issuer: baseURL, audience: baseURL, algorithms: ["EdDSA"] };
	return (authorization: string | null | undefined): Promise<Principal | null> =>
		verifyBearer(authorization, keys, options);
}

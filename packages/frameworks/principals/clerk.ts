// principals/clerk.ts
import type { Principal } from "@skyput/server";
import { createRemoteJWKSet } from "jose";
import { verifyBearer } from "./verify-bearer.ts";

/** Callers with a session token of Clerk. */
export function clerkCallers(
	issuer: string, // the Frontend API URL, such as https://clerk.example.com
	origins: readonly string[], // of your pages, such as https://app.example.com
	keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`)),
) {
	return async (authorization: string | null | undefined): Promise<Principal | null> => {
		const claims = await verifyBearer(authorization, keys, { issuer, algorithms: ["RS256"] });
		// Clerk names the page that got the token instead of an audience
		const isOurs = origins.includes(String(claims?.["azp"]));
		// a session whose tasks, such as choosing an organization, are not done
		const isPending = claims?.["sts"] === "pending";
		return isOurs && !isPending ? claims : null;
	};
}

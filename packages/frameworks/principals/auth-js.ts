// principals/auth-js.ts
import { getToken } from "@auth/core/jwt";
import type { Principal } from "@skyput/server";

/** Callers with a session cookie of Auth.js, with its JWT strategy. */
export function authJsCallers(secret: string, secureCookie = true) {
	return async (cookie: string | null | undefined): Promise<Principal | null> => {
		const req = { headers: { cookie: cookie ?? "" } };
		const token = await getToken({ req, secret, secureCookie });
		return token?.sub ? { ...token, sub: token.sub } : null;
	};
}

import type { Principal } from "@skyput/server";
import { verify } from "hono/jwt";

/** Who asks: the `sub` of a JWT that your login has signed; null for everybody else. */
export async function userOf(request: Request): Promise<Principal | null> {
	const token = request.headers.get("authorization")?.replace(/^Bearer /, "");
	const secret = process.env.JWT_SECRET;
	if (!token || !secret) return null;
	try {
		const { sub } = await verify(token, secret, "HS256");
		return typeof sub === "string" ? { sub } : null;
	} catch {
		// expired, or not ours
		return null;
	}
}

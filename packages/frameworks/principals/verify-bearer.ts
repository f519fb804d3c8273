// principals/verify-bearer.ts
import { type Principal, UploadError } from "@skyput/server";
import { errors, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from "jose";

/** The claims of a valid bearer token; null without a token, and for one that is not valid. */
export async function verifyBearer(
	authorization: string | null | undefined,
	keys: JWTVerifyGetKey,
	options: JWTVerifyOptions,
): Promise<Principal | null> {
	const [, token] = /^Bearer +([\w.-]+)$/i.exec(authorization ?? "") ?? [];
	if (token === undefined) return null;
	try {
		const requiredClaims = ["sub", "exp", "iss"];
		const { payload } = await jwtVerify(token, keys, { ...options, requiredClaims });
		return { ...payload, sub: payload.sub ?? "", iss: payload.iss };
	} catch (cause) {
		const isInvalid =
			cause instanceof errors.JOSEError && /^ERR_(JWT|JWS|JOSE_ALG|JWKS_NO)/.test(cause.code);
		if (isInvalid) return null;
		// the keys could not be fetched: the client repeats the call
		throw new UploadError("storage-unavailable", "The sign-in cannot be verified now.", { cause });
	}
}

import type { RequestHandler } from "express";

declare module "node:http" {
	interface IncomingMessage {
		/** Put here by the session's middleware, as Passport does. */
		user?: { readonly id: string };
	}
}

const sessions = new Map([["a-session-of-user-42", "42"]]);

/** Stands for your login: takes the session's name from a bearer token. */
export const readSession: RequestHandler = (request, _response, next) => {
	const id = sessions.get(request.get("authorization")?.replace(/^Bearer /, "") ?? "");
	if (id !== undefined) request.user = { id };
	next();
};

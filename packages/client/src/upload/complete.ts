import type { CompleteReply } from "#protocol";
import type { Api } from "../http/api.js";
import type { Session } from "./session.js";

/** Has the server commit what was sent, once the upload is not paused. */
export async function complete(
	{ api, signal, gate, enter }: Session,
	request: Parameters<Api["complete"]>[0],
): Promise<CompleteReply> {
	await gate.pass(signal);
	enter("completing");
	return await api.complete(request, signal);
}

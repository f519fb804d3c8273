import type { ReplayAnswer, ReplayRequest } from "./provider-case.js";

/** Sends a signed request with Node's fetch, which treats headers as browsers do. */
export async function replay({ method, url, headers, body }: ReplayRequest): Promise<ReplayAnswer> {
	const response = await fetch(url, {
		method,
		headers,
		// a body would be copied for a redirect that never comes
		redirect: "error",
		...(body === undefined ? {} : { body: new Uint8Array(body) }),
	});
	return {
		status: response.status,
		headers: new Map(response.headers),
		body: new Uint8Array(await response.arrayBuffer()),
	};
}

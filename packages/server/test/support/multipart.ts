import { createBody, type Server } from "./call.js";

export const mib: number = 2 ** 20;

/** Bytes of the upload that {@link begin} begins. */
export const size: number = 40 * mib;

/** Bytes of its parts. */
export const sizes: readonly number[] = [16 * mib, 16 * mib, 8 * mib];

/** Begins a multipart upload; returns its token. */
export async function begin(
	server: Server,
	total: number | null = size,
	key = "files/a",
): Promise<string> {
	const { body } = await server.post("", createBody(key, total, { multipart: true }));
	return body["token"] as unknown as string;
}

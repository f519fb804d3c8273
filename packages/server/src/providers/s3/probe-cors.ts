import { createHash } from "node:crypto";
import type { PresignProvider } from "../../provider.js";
import { fetchOnce } from "./probe-requests.js";

/** A text of one byte, and its digest. */
const body = "a";
const checksum = {
	algorithm: "md5",
	value: createHash("md5").update(body).digest("base64"),
} as const;

const namesOf = (text: string | null): string[] =>
	(text ?? "")
		.split(",")
		.map((name) => name.trim().toLowerCase())
		.filter(Boolean);

/**
 * Asks what a browser asks before a page uploads, then uploads as the page does.
 *
 * @param origin - Of the page; undefined: nothing is tried.
 * @returns What came of it, as a sentence.
 */
export async function probeCors(
	provider: PresignProvider,
	key: string,
	origin: string | undefined,
): Promise<string> {
	if (origin === undefined) return 'not tried; pass { origin: "https://app.example.com" }';
	const spec = { key, size: 1, contentType: "text/plain", uploadId: "probe" };
	const sign = (createOnly: boolean) =>
		provider.signUpload(spec, { expiresIn: 300, createOnly, checksum });
	const { url, headers } = await sign(true);
	const asked = Object.keys(headers).sort();
	const preflight = await fetchOnce(url, {
		method: "OPTIONS",
		headers: {
			origin,
			"access-control-request-method": "PUT",
			"access-control-request-headers": asked.join(","),
		},
	});
	await preflight.body?.cancel();
	const allowed = (name: string) => preflight.headers.get(`access-control-allow-${name}`);
	const names = namesOf(allowed("headers"));
	const missing = asked.filter((name) => !names.includes(name) && !names.includes("*"));
	const methods = namesOf(allowed("methods"));
	const problems = [
		preflight.ok ? "" : `the preflight got status ${preflight.status}`,
		["*", origin].includes(allowed("origin") ?? "") ? "" : "its rule does not allow this origin",
		methods.includes("put") || methods.includes("*") ? "" : "its rule does not allow PUT",
		missing.length === 0 ? "" : `its rule does not allow the headers ${missing.join(", ")}`,
	].filter(Boolean);
	if (problems.length > 0) return `pages of ${origin} cannot upload: ${problems.join("; ")}`;
	// not every service knows the condition
	const plain = await sign(false);
	const put = await fetchOnce(plain.url, {
		method: "PUT",
		headers: { ...plain.headers, origin },
		body,
	});
	await put.body?.cancel();
	const exposed = namesOf(put.headers.get("access-control-expose-headers"));
	return exposed.includes("etag") || exposed.includes("*")
		? `pages of ${origin} can upload`
		: `pages of ${origin} can upload, and ask the server after each part: its rule does not expose ETag`;
}

// The upload handler of a run with object handlers, and a client of it.
import { setTimeout as sleep } from "node:timers/promises";
import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { openOutcomes, uploads } from "./object-uploads.mjs";

/** Attempts of a call to the upload handler. */
const maxAttempts = 10;

/** @param setUp as that of the object handlers */
export function openEndpoint({ options, madeKeys, table }) {
	const log = { error() {}, warn() {}, info() {} };
	const provider = s3Provider(options);
	const handler = createFetchHandler({
		uploads: uploads(madeKeys, () => undefined),
		provider,
		outcomes: openOutcomes(table),
		tokenSecret: "0123456789abcdef0123456789abcdef",
		log,
	});
	const post = async (operation, body) => {
		const headers = { "content-type": "application/json" };
		const url = `http://localhost/${operation}`;
		for (let attempt = 1; ; attempt++) {
			const response = await handler(
				new Request(url, { method: "POST", headers, body: JSON.stringify(body) }),
			);
			const answer = { status: response.status, ...(await response.json()) };
			// as clients do: the storage of a busy machine may not answer in time
			if (response.status !== 503 || attempt === maxAttempts) return answer;
			await sleep(Number(response.headers.get("retry-after")) * 1000);
		}
	};
	return {
		async upload(key, text) {
			const body = { v: 1, key, size: text.length, kinds: ["single"] };
			const { status, token, uploadId, request, key: finalKey, detail } = await post("", body);
			if (status === 409) return undefined;
			if (!request) throw new Error(`create answered ${status} for ${key}: ${detail}`);
			const stored = await fetch(request.url, {
				method: "PUT",
				headers: request.headers,
				body: text,
			});
			if (!stored.ok) throw new Error(`the storage answered ${stored.status} for ${key}`);
			return { token, uploadId, key: finalKey };
		},
		status: ({ token }) => post("status", { token }),
		async read(key) {
			const { url } = await provider.signDownload(key, { expiresIn: 60 });
			const response = await fetch(url);
			return response.ok ? response.text() : undefined;
		},
	};
}

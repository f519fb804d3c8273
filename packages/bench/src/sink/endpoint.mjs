import { planParts } from "../../../protocol/src/parts.ts";
import { answerS3 } from "./s3.mjs";

const mebibyte = 1024 * 1024;
/** Those of S3. */
const limits = {
	minPartSize: 5 * mebibyte,
	maxPartSize: 5 * 1024 * mebibyte,
	maxParts: 10_000,
	maxObjectSize: 50_000_000 * mebibyte,
};
/** Parts in the window that comes with a plan, as `@skyput/server` cuts it. */
const firstWindow = 32;

/** Those with a body to keep, all others, and how many of the others came before the first byte to keep. */
const none = { data: 0, control: 0, controlBeforeData: 0 };

const json = (status, value) => ({
	status,
	headers: { "content-type": "application/json" },
	body: JSON.stringify(value),
});

/**
 * The upload handler and the storage in one, without a check or a byte kept: it makes plans whose part
 * URLs point back at it, and remembers what was asked for and completed.
 *
 * @param {() => string} origin
 */
export function sinkEndpoint(origin) {
	/** @type {{ size?: number, parts: number, checksum?: string }[]} */
	let completed = [];
	let bytes = 0;
	let requests = none;

	const windowOf = (first, count) => ({
		first,
		count,
		method: "PUT",
		urls: [`${origin()}/object?partNumber={partNumber}&signature={value}`],
		values: Array.from({ length: count }, (_, index) => String(first + index).padStart(64, "0")),
		headers: {},
		receiptHeader: "etag",
		expiresIn: 3_600,
		expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
	});
	const calls = {
		"/uploads": ({ key, size }) => {
			const { partSize, partCount } = planParts(size, limits);
			return json(201, {
				v: 1,
				kind: "multipart",
				key,
				uploadId: "bench",
				// what the real one seals in here, the sink reads in plain text
				token: JSON.stringify({ key, size, partCount }),
				size,
				partSize,
				partCount,
				window: windowOf(1, Math.min(firstWindow, partCount)),
				checksums: ["crc32"],
			});
		},
		"/uploads/parts": ({ token, first, count }) => {
			const { partCount } = JSON.parse(token);
			return json(200, windowOf(first, Math.min(count, partCount - first + 1)));
		},
		"/uploads/complete": ({ token, checksum }) => {
			const { key, size, partCount } = JSON.parse(token);
			completed.push({ size, parts: partCount, checksum: checksum?.value });
			return json(200, { key, size });
		},
		"/uploads/abort": () => ({ status: 204 }),
	};

	return {
		count: (length) => {
			if (bytes === 0) requests = { ...requests, controlBeforeData: requests.control };
			bytes += length;
		},
		answer: (request) => {
			const { method, path, text } = request;
			const kind = method === "PUT" ? "data" : "control";
			requests = { ...requests, [kind]: requests[kind] + 1 };
			if (method === "PUT") return { status: 200, headers: { etag: '"sink"' } };
			const call = method === "POST" && Object.hasOwn(calls, path) && calls[path];
			if (call) return call(JSON.parse(text));
			const stored = answerS3(request, (commit) => completed.push(commit));
			return stored ?? json(404, { code: "not-found", detail: path });
		},
		/** What came in since the last time somebody asked. */
		take: () => {
			const taken = { bytes, completed, requests };
			bytes = 0;
			completed = [];
			requests = none;
			return taken;
		},
	};
}

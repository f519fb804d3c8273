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
/** Parts in the first window of a plan, as in `@skyput/server`. */
const firstWindow = 32;

/** Whether a call is the client's check that its calls arrive, which the first bytes do not wait for. */
export const isCheck = (path) => path === "/uploads/list";

/** Data requests, control requests, and those of them that the first data request waits for. */
const none = { data: 0, control: 0, controlBeforeData: 0 };

const json = (status, value) => ({
	status,
	headers: { "content-type": "application/json" },
	body: JSON.stringify(value),
});

/**
 * Stands in for the upload handler and the storage. It checks and stores nothing: its plans have part
 * URLs that lead back to it, and it records the requests and completions.
 *
 * @param {() => string} origin
 */
export function sinkEndpoint(origin) {
	/** @type {{ size?: number, parts: number, checksum?: string }[]} */
	let completed = [];
	let bytes = 0;
	let requests = none;
	let checks = 0;
	/** Whether the connection of the straggler has had its part. */
	let straggled = false;

	/** One name of the storage, or two for keys that ask for them. */
	const namesFor = (key) =>
		key.startsWith("two-names")
			? [origin(), origin().replace("127.0.0.1", "localhost")]
			: [origin()];
	/** As by a rule with `partSize`, for keys that ask for it. */
	const partSizeFor = (key) => {
		const [, mebibytes] = /^parts-of-(\d+)-MiB/.exec(key) ?? [];
		return mebibytes && Number(mebibytes) * mebibyte;
	};
	const windowOf = (key, first, count) => ({
		first,
		count,
		method: "PUT",
		urls: namesFor(key).map((name) => `${name}/object?partNumber={partNumber}&signature={value}`),
		values: Array.from({ length: count }, (_, index) => String(first + index).padStart(64, "0")),
		headers: {},
		receiptHeader: "etag",
		expiresIn: 3_600,
		expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
	});
	const single = (key, size) =>
		json(201, {
			v: 1,
			kind: "single",
			key,
			uploadId: "bench",
			token: JSON.stringify({ key, size, partCount: 1 }),
			request: {
				method: "PUT",
				url: `${origin()}/object?key=${encodeURIComponent(key)}&signature=${"0".repeat(64)}`,
				headers: {},
				receiptHeader: "etag",
				expiresIn: 3_600,
				expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
			},
			confirm: true,
		});
	const calls = {
		"/uploads": ({ key, size, multipart }) => {
			if (!multipart) return single(key, size);
			const { partSize, partCount } = planParts(size, limits, partSizeFor(key));
			return json(201, {
				v: 1,
				kind: "multipart",
				key,
				uploadId: "bench",
				// the handler's token is opaque; this one is plain text
				token: JSON.stringify({ key, size, partCount }),
				size,
				partSize,
				partCount,
				window: windowOf(key, 1, Math.min(firstWindow, partCount)),
				algorithm: "crc32",
			});
		},
		"/uploads/parts": ({ token, first, count }) => {
			const { key, partCount } = JSON.parse(token);
			return json(200, windowOf(key, first, Math.min(count, partCount - first + 1)));
		},
		"/uploads/complete": ({ token, checksum }) => {
			const { key, size, partCount } = JSON.parse(token);
			completed.push({ size, parts: partCount, checksum: checksum?.value });
			return json(200, { key, size });
		},
		"/uploads/list": () => json(200, { parts: [] }),
		"/uploads/abort": () => ({ status: 204 }),
	};

	return {
		isFirst: () => {
			const first = !straggled;
			straggled = true;
			return first;
		},
		count: (length) => {
			if (bytes === 0) requests = { ...requests, controlBeforeData: requests.control - checks };
			bytes += length;
		},
		answer: (request) => {
			const { method, path, text } = request;
			const kind = method === "PUT" ? "data" : "control";
			requests = { ...requests, [kind]: requests[kind] + 1 };
			if (isCheck(path)) checks++;
			if (method === "PUT") return { status: 200, headers: { etag: '"sink"' } };
			const call = method === "POST" && Object.hasOwn(calls, path) && calls[path];
			if (call) return call(JSON.parse(text));
			const stored = answerS3(request, (commit) => completed.push(commit));
			return stored ?? json(404, { code: "not-found", detail: path });
		},
		/** The requests since the last call. */
		take: () => {
			const taken = { bytes, completed, requests };
			bytes = 0;
			straggled = false;
			completed = [];
			requests = none;
			checks = 0;
			return taken;
		},
	};
}

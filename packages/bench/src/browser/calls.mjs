import { isCheck, sinkEndpoint } from "../sink/endpoint.mjs";

const mebibyte = 1024 * 1024;
/** The default of `@better-upload/server`. */
const betterUploadPartSize = 50 * mebibyte;

const json = (value) => ({
	status: 200,
	headers: { "content-type": "application/json" },
	body: JSON.stringify(value),
});

/** Allows every origin, and exposes the ETag. */
const cors = {
	"access-control-allow-origin": "*",
	"access-control-allow-methods": "*",
	"access-control-allow-headers": "*",
	"access-control-expose-headers": "etag",
	"access-control-max-age": "3000",
};

/**
 * Stands in for the upload handler of every competitor and for the storage. It checks, signs and stores
 * nothing. `count` and `answer` are those of a {@link import("../sink/connection.mjs").SinkHandler}.
 *
 * @param {() => string} storage its origin
 */
export function createCalls(storage) {
	const skyput = sinkEndpoint(storage);
	let counts = begin();
	const complete = (parts) => counts.completed.push({ parts });

	const answer = (request) => {
		const { method, path, text } = request;
		const [, name] = /^\/([\w-]+)/.exec(path) ?? [];
		switch (`${method} ${name}`) {
			case "POST uploads":
				return skyput.answer(request);
			case "POST s3":
			case "GET s3":
				return companion(path, text, storage(), complete);
			case "POST better-upload":
				return json(betterUpload(JSON.parse(text), storage()));
			case "POST object":
				complete(text.match(/<PartNumber>/g).length);
				return { status: 200, headers: { "content-type": "application/xml" }, body: "<Result/>" };
			default:
				return { status: 404 };
		}
	};
	return {
		count: (length) => {
			const { requests } = counts;
			if (counts.bytes === 0) requests.controlBeforeData = requests.control - counts.checks;
			counts.bytes += length;
		},
		answer: (request) => {
			const reply = { status: 204 };
			if (request.method === "OPTIONS") counts.requests.preflight++;
			else if (request.method === "PUT") {
				counts.requests.data++;
				Object.assign(reply, { status: 200, headers: { etag: '"sink"' } });
			} else {
				counts.requests.control++;
				if (isCheck(request.path)) counts.checks++;
				Object.assign(reply, answer(request));
			}
			return { ...reply, headers: { ...cors, ...reply.headers } };
		},
		/** The requests since the last call. */
		take: () => {
			const { checks: _, ...taken } = counts;
			taken.completed.push(...skyput.take().completed);
			counts = begin();
			return taken;
		},
	};
}

function begin() {
	return {
		bytes: 0,
		checks: 0,
		/** PUTs and other requests, as the sink counts them, and preflights. */
		requests: { data: 0, control: 0, controlBeforeData: 0, preflight: 0 },
		/** @type {{ parts: number, checksum?: string }[]} */
		completed: [],
	};
}

/** The responses of `@uppy/companion`. */
function companion(path, text, storage, complete) {
	const [, , id, step] = path.split("?")[0].slice(1).split("/");
	if (id === undefined) return json({ key: "bench.bin", uploadId: "bench" });
	if (step === "complete") {
		complete(JSON.parse(text).parts.length);
		return json({ location: `${storage}/object`, bucket: "bench", key: "bench.bin" });
	}
	return json({ url: `${storage}/object?partNumber=${step}`, expires: 900 });
}

/** The responses of `@better-upload/server` for a route with `multipart: true`. */
function betterUpload({ files: [file] }, storage) {
	const count = Math.ceil(file.size / betterUploadPartSize);
	const parts = Array.from({ length: count }, (_, index) => ({
		signedUrl: `${storage}/object?partNumber=${index + 1}`,
		partNumber: index + 1,
		size: Math.min(betterUploadPartSize, file.size - index * betterUploadPartSize),
	}));
	const objectInfo = { key: "bench.bin", metadata: {} };
	const uploadUrl = `${storage}/object?uploadId=bench`;
	return {
		multipart: {
			files: [
				{
					file: { ...file, objectInfo },
					parts,
					uploadId: "bench",
					completeSignedUrl: uploadUrl,
					abortSignedUrl: uploadUrl,
				},
			],
			partSize: betterUploadPartSize,
		},
		metadata: {},
	};
}

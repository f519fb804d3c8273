const xml = (name, content) => ({
	status: 200,
	headers: { "content-type": "application/xml" },
	body: `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${content}</${name}>`,
});

/**
 * As much of S3 as an upload in parts by the AWS SDK asks for, in path style and without a check; a part
 * itself is a PUT like any other.
 *
 * @param {import("./connection.mjs").SinkRequest} request
 * @param {(completed: { parts: number }) => void} complete told of a commit
 * @returns an answer, or `undefined` for a request of another kind
 */
export function answerS3({ method, path, text }, complete) {
	if (method !== "POST") return undefined;
	const { searchParams } = new URL(path, "http://sink");
	if (searchParams.has("uploads")) {
		return xml(
			"InitiateMultipartUploadResult",
			"<Bucket>bench</Bucket><Key>bench.bin</Key><UploadId>bench</UploadId>",
		);
	}
	if (searchParams.has("uploadId")) {
		complete({ parts: text.split("<PartNumber>").length - 1 });
		return xml(
			"CompleteMultipartUploadResult",
			"<Bucket>bench</Bucket><Key>bench.bin</Key><ETag>&quot;sink&quot;</ETag>",
		);
	}
	return undefined;
}

import { createHash } from "node:crypto";

/** Downloads an object by a signed URL and compares it with its file. */
export async function readBack(backend, result, file) {
	const { url } = await backend.provider.signDownload(result.key, { expiresIn: 60 });
	const answer = await fetch(url);
	if (!answer.ok) throw new Error(`${result.key} cannot be read back: HTTP ${answer.status}`);
	const hash = createHash("sha256");
	let size = 0;
	for await (const chunk of answer.body) {
		hash.update(chunk);
		size += chunk.length;
	}
	const sha256 = hash.digest("hex");
	if (size !== file.size || sha256 !== file.sha256 || result.size !== file.size) {
		throw new Error(
			`${result.key} differs from ${file.name}: ${size} bytes, sha256 ${sha256}, instead of ${file.size} bytes, sha256 ${file.sha256}`,
		);
	}
	// the ETag of a multipart object ends with the number of parts
	const parts = /-(\d+)"?$/.exec(result.etag ?? "")?.[1];
	const calls = backend.takeCalls();
	console.log(
		`  stored as ${result.key} ${parts ? `in ${parts} parts` : "by one PUT"}, ` +
			`after ${calls} ${calls === 1 ? "call" : "calls"} of the handler; read back, all ${size} bytes equal`,
	);
}

// One upload in a process of its own, which may be killed. Usage: upload-process.mjs OPTIONS, as JSON
import { uploadFile } from "@skyput/client";
import { fileResumeStore, fromPath } from "@skyput/client/node";

const { path, key, records, ...options } = JSON.parse(process.argv[2]);
const upload = uploadFile(fromPath(path), key, {
	...options,
	resume: fileResumeStore(records),
	onProgress: ({ loaded }) => process.send({ loaded }),
});
try {
	process.send({ result: await upload });
} catch ({ code, message }) {
	process.send({ error: { code, message } });
}
process.disconnect();

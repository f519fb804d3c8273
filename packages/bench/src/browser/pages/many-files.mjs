import { createClient } from "@skyput/client";

let client;
let files;
globalThis.prepare = ({ api, count }) => {
	client = createClient({ endpoint: `${api}/uploads` });
	const content = new Uint8Array(1_000);
	files = Array.from({ length: count }, (_, number) => new File([content], `${number}.bin`));
};
/** Begins all uploads in one task, or leaves that to `uploadFiles`. */
globalThis.upload = async (_, { rounds, isBatch }) => {
	for (let round = 0; round < rounds; round++) {
		if (isBatch) await client.uploadFiles(files, (file) => file.name);
		else await Promise.all(files.map((file) => client.uploadFile(file, file.name)));
	}
};

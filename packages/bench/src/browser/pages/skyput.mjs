import { createClient } from "@skyput/client";

let client;
globalThis.prepare = ({ api, checksum }) => {
	client = createClient({ endpoint: `${api}/uploads`, checksum });
};
globalThis.upload = async (file, { key = "bench.bin" }) => {
	await client.uploadFile(file, key, { onProgress: () => {} });
};

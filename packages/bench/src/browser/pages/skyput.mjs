import { createClient } from "@skyput/client";

globalThis.upload = async (file, { api, checksum }) => {
	const client = createClient({ endpoint: `${api}/uploads`, checksum });
	await client.uploadFile(file, "bench.bin", { onProgress: () => {} });
};

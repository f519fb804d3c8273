// forms/upload-attachment.ts
import { createClient } from "@skyput/client";

const client = createClient({ endpoint: "/api/uploads" });

/** Uploads a file and resolves to its key. */
export async function uploadAttachment(file: File, signal?: AbortSignal): Promise<string> {
	const wanted = `attachments/42/${crypto.randomUUID()}/${file.name}`; // no two files share a name
	const { key } = await client.uploadFile(file, wanted, { signal });
	return key;
}

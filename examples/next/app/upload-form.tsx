"use client";

import { createClient, UploadError } from "@skyput/client";
import { type ChangeEvent, useState } from "react";
import type { uploads } from "./uploads";

export function UploadForm() {
	const [status, setStatus] = useState("Pick a file.");

	async function upload({ target }: ChangeEvent<HTMLInputElement>) {
		const [file] = target.files ?? [];
		if (!file) return;
		const client = createClient<typeof uploads>({ endpoint: "/api/uploads" });
		try {
			const { key, size } = await client.uploadFile(file, `users/42/${file.name}`, {
				onProgress: ({ loaded, total = loaded }) => setStatus(`${loaded} of ${total} bytes`),
			});
			setStatus(`Stored as ${key}, ${size} bytes.`);
		} catch (error) {
			if (!(error instanceof UploadError)) throw error;
			setStatus(error.message);
		}
	}

	return (
		<>
			<input type="file" aria-label="File" onChange={upload} />
			<p role="status">{status}</p>
		</>
	);
}

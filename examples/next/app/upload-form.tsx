"use client";

import { createClient, type Upload } from "@skyput/client";
import { type ChangeEvent, useState, useSyncExternalStore } from "react";
import type { uploads } from "./uploads";

export function UploadForm() {
	const [current, setCurrent] = useState<{ readonly upload: Upload }>();

	function start({ target }: ChangeEvent<HTMLInputElement>) {
		const [file] = target.files ?? [];
		if (!file) return;
		const client = createClient<typeof uploads>({ endpoint: "/api/uploads" });
		setCurrent({ upload: client.uploadFile(file, `users/42/${file.name}`) });
	}

	return (
		<>
			<input type="file" aria-label="File" onChange={start} />
			{current ? <Status upload={current.upload} /> : <p role="status">Choose a file.</p>}
		</>
	);
}

function Status({ upload }: { readonly upload: Upload }) {
	const { subscribe, snapshot } = upload;
	const {
		state,
		loaded,
		total = loaded,
		error,
	} = useSyncExternalStore(subscribe, snapshot, snapshot);
	return (
		<p role="status">
			{error ? error.message : state === "uploading" ? `${loaded} of ${total} bytes` : state}
		</p>
	);
}

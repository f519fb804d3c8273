"use client";

import { createClient, type UploadList as List } from "@skyput/client";
import { useUpload, useUploadItem } from "@skyput/client/react";
import type { uploads } from "./uploads";

const client = createClient<typeof uploads>({ endpoint: "/api/uploads", resume: true });

export function UploadList() {
	const { ids, list, inputProps } = useUpload(client, {
		key: (_, { path }) => `users/42/${path}`,
	});
	return (
		<>
			<label>
				Files <input {...inputProps} />
			</label>
			<ul>
				{ids.map((id) => (
					<Row key={id} id={id} list={list} />
				))}
			</ul>
		</>
	);
}

function Row({ id, list }: { readonly id: string; readonly list: List }) {
	const item = useUploadItem(list, id); // renders when this file changes
	if (!item) return null;
	const { name, state, error, loaded, total, key } = item;
	return (
		<li>
			{name}: {error?.message ?? state}{" "}
			<progress value={loaded} max={total ?? 1} aria-label={name} />{" "}
			{state === "done" && key ? (
				<a href={`/api/uploads/download?redirect=true&key=${encodeURIComponent(key)}`}>Download</a>
			) : null}
		</li>
	);
}

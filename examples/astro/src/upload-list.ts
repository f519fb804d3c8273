import { createClient, createUploadList } from "@skyput/client";
import type { uploads } from "./server/uploads.ts";

const client = createClient<typeof uploads>({ endpoint: "/api/uploads", resume: true });
const list = createUploadList(client, { key: (_, { path }) => `users/42/${path}` });
const [input, rows] = [document.querySelector("input"), document.querySelector("ul")];

input?.addEventListener("change", () => {
	void list.add(input.files ?? []);
	input.value = ""; // so that the same file can be chosen again
});

list.subscribe(() => {
	const items = list.snapshot().ids.flatMap((id) => list.item(id)?.snapshot() ?? []);
	rows?.replaceChildren(
		...items.map(({ name, state, error, loaded, total, key }) => {
			const row = document.createElement("li");
			const progress = Object.assign(document.createElement("progress"), {
				value: loaded,
				max: total ?? 1,
				ariaLabel: name,
			});
			row.append(`${name}: ${error?.message ?? state} `, progress);
			if (state === "done" && key) {
				const link = row.appendChild(document.createElement("a"));
				link.href = `/api/uploads/download?redirect=true&key=${encodeURIComponent(key)}`;
				link.append("Download");
			}
			return row;
		}),
	);
});

import { createClient } from "@skyput/client";
import type { uploads } from "../server/uploads.ts";
import { addRow } from "./row.ts";

const client = createClient<typeof uploads>({ endpoint: "/uploads" });

const input = document.querySelector<HTMLInputElement>("input");
input?.addEventListener("change", () => {
	for (const file of input.files ?? []) {
		addRow(file.name, client.uploadFile(file, `users/42/${file.name}`));
	}
	// so that the same file can be chosen again
	input.value = "";
});

import { createClient, UploadError } from "@skyput/client";
import type { uploads } from "../server/uploads.ts";
import { addRow } from "./row.ts";

const client = createClient<typeof uploads>({ endpoint: "/uploads" });

const input = document.querySelector<HTMLInputElement>("input");
input?.addEventListener("change", () => {
	for (const file of input.files ?? []) void upload(file);
	// so that the same file can be picked again
	input.value = "";
});

async function upload(file: File): Promise<void> {
	const row = addRow(file.name);
	const running = client.uploadFile(file, `users/42/${file.name}`, {
		onProgress: ({ loaded, total = file.size, bytesPerSecond, secondsLeft }) => {
			const speed = `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
			const left = secondsLeft === undefined ? "" : `, ${Math.ceil(secondsLeft)} s left`;
			row.show(loaded / total, speed + left);
		},
	});
	row.onAbort(() => running.abort());
	try {
		const { key, size } = await running;
		row.end(1, `stored as ${key}, ${size} bytes`);
	} catch (error) {
		row.end(0, error instanceof UploadError ? error.message : String(error));
	}
}

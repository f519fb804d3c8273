// forms/html.ts
import { uploadAttachment } from "./upload-attachment";

export function uploadBeforeSubmit(form: HTMLFormElement, file: HTMLInputElement): void {
	// without a name, the file itself is not submitted
	file.removeAttribute("name");
	const key = form.appendChild(
		Object.assign(document.createElement("input"), { type: "hidden", name: "key" }),
	);
	let latest = new AbortController();
	file.addEventListener("change", async () => {
		latest.abort();
		latest = new AbortController();
		const { signal } = latest;
		const [chosen] = file.files ?? [];
		key.value = "";
		file.setCustomValidity(chosen ? "The file is still being uploaded." : "");
		if (!chosen) return;
		try {
			key.value = await uploadAttachment(chosen, signal);
			file.setCustomValidity("");
		} catch (error) {
			if (signal.aborted) return; // another file was chosen
			file.setCustomValidity(error instanceof Error ? error.message : "The upload failed.");
			file.reportValidity();
		}
	});
}

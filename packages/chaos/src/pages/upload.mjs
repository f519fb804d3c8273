import { uploadFile } from "@skyput/client";

/** Of the page's upload: its key, the bytes sent, and once it has ended its result or error. */
globalThis.progress = undefined;

/** Begins to upload the chosen file. */
globalThis.upload = ({ key, timeout, ...options }) => {
	const progress = { key, loaded: 0 };
	globalThis.progress = progress;
	uploadFile(document.querySelector("#file").files[0], key, {
		...options,
		onProgress({ loaded }) {
			progress.loaded = loaded;
		},
		signal: AbortSignal.timeout(timeout),
	}).then(
		(result) => {
			progress.ended = { result };
		},
		({ code, message }) => {
			progress.ended = { error: { code, message } };
		},
	);
};

import { uploadFile } from "@skyput/client";

/** Uploads the chosen file; `globalThis.progress` holds the key and the bytes sent. */
globalThis.upload = async ({ key, timeout, ...options }) => {
	globalThis.progress = { key, loaded: 0 };
	const upload = uploadFile(document.querySelector("#file").files[0], key, {
		...options,
		onProgress: ({ loaded }) => {
			globalThis.progress = { key, loaded };
		},
		signal: AbortSignal.timeout(timeout),
	});
	try {
		return { result: await upload };
	} catch ({ code, message }) {
		return { error: { code, message } };
	}
};

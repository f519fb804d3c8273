import { uploadFile } from "@skyput/client";

/** Uploads the chosen file; `globalThis.progress` tells how much of which has left. */
globalThis.upload = async ({ key, patience, ...options }) => {
	globalThis.progress = { key, loaded: 0 };
	const upload = uploadFile(document.querySelector("#file").files[0], key, {
		...options,
		onProgress: ({ loaded }) => {
			globalThis.progress = { key, loaded };
		},
		signal: AbortSignal.timeout(patience),
	});
	try {
		return { result: await upload };
	} catch ({ code, message }) {
		return { error: { code, message } };
	}
};

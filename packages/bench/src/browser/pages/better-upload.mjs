import { uploadFile } from "@better-upload/client";

globalThis.upload = async (file, { api }) => {
	await uploadFile({
		api: `${api}/better-upload`,
		route: "bench",
		file,
		onFileStateChange: () => {},
	});
};

// forms/use-attachment.ts
import { useRef } from "react";
import { uploadAttachment } from "./upload-attachment";

/** The upload of the file that was chosen last. */
export function useAttachment() {
	const upload = useRef<Promise<string>>(undefined);
	const latest = useRef<AbortController>(undefined);
	/** Waits for the upload, and resolves to its key. */
	const key = async (): Promise<string> => {
		if (!upload.current) throw new Error("Choose a file.");
		return await upload.current;
	};
	return {
		key,
		/** Begins to upload, and aborts the upload of a former file. */
		choose(file: File | undefined): void {
			latest.current?.abort();
			latest.current = new AbortController();
			upload.current = file && uploadAttachment(file, latest.current.signal);
			upload.current?.catch(() => {}); // `validate` tells it
		},
		/** Waits for the upload, and resolves to the message of its error. */
		validate: (): Promise<string | undefined> =>
			key().then(
				() => undefined,
				(error: Error) => error.message,
			),
	};
}

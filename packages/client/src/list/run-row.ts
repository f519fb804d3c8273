import type { Client } from "../client-types.js";
import { UploadError } from "../errors.js";
import type { Upload } from "../public-types.js";
import { hasEnded } from "./list-item.js";
import type { Row } from "./list-store.js";
import type { UploadItemSnapshot, UploadListOptions } from "./list-types.js";

interface RunContext<Data> {
	readonly client: Client;
	readonly options: Pick<UploadListOptions<string, Data>, "key" | "metadata">;
	/** An error in the app's words, where it has any. */
	readonly inWords: (error: UploadError) => UploadError;
}

/**
 * Uploads the file of a row, and shows in its item how the upload stands.
 *
 * @returns how it ended
 */
export async function runRow<Data>(
	row: Row<Data>,
	{ client, options, inWords }: RunContext<Data>,
): Promise<Partial<UploadItemSnapshot<Data>>> {
	const { item, index, pending } = row;
	const { file, name, path } = item.snapshot();
	row.cancelled = false;
	item.set({ state: "starting", error: undefined });
	try {
		if (file === undefined) throw new TypeError("The item has no file.");
		const key = item.snapshot().key ?? (await options.key(file, { name, path, index }));
		if (row.cancelled) throw inWords(new UploadError("aborted", "The upload was aborted."));
		item.set({ key });
		const { metadata } = options;
		const own = { metadata: typeof metadata === "function" ? metadata(file) : metadata };
		const upload = pending?.resume(file) ?? (client.uploadFile(file, key, own) as Upload<Data>);
		row.upload = upload;
		if (row.paused) upload.pause();
		const show = (): void => {
			const snapshot = upload.snapshot();
			const { total = item.snapshot().size } = snapshot;
			// an earlier run may have sent more already
			const loaded = Math.max(snapshot.loaded, item.snapshot().loaded);
			if (!hasEnded(snapshot)) item.set({ ...snapshot, loaded, total, size: total });
		};
		show();
		const stop = upload.subscribe(show);
		const result = await upload.result.finally(stop);
		const { size } = result;
		return { state: "done", loaded: size, total: size, size, result, error: undefined };
	} catch (cause) {
		// other errors have the app's words already
		const error =
			cause instanceof UploadError
				? cause
				: inWords(
						new UploadError("internal", `"${name}" cannot be uploaded: see \`cause\`.`, {
							cause,
						}),
					);
		return { state: error.code === "aborted" ? "aborted" : "failed", error };
	}
}

import type { Client } from "../client-types.js";
import { UploadError } from "../errors.js";
import type { Upload, UploadInput } from "../public-types.js";
import { isOver } from "../upload/upload-store.js";
import type { Row } from "./list-store.js";
import type { UploadItemSnapshot, UploadListOptions } from "./list-types.js";

interface RunContext<Data> {
	readonly client: Client;
	readonly options: Pick<UploadListOptions<string, Data>, "key" | "metadata" | "priority">;
	/** An error in the app's words, if it has any. */
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
	const { name, path } = item.snapshot();
	// only rows with a file get their turn
	const file = item.snapshot().file as UploadInput;
	row.cancelled = false;
	item.set({ state: "starting", error: undefined });
	try {
		const key = item.snapshot().key ?? (await options.key(file, { name, path, index }));
		item.set({ key });
		const { metadata, priority } = options;
		const own = {
			metadata: typeof metadata === "function" ? await metadata(file) : metadata,
			priority,
		};
		const upload =
			pending?.resume(file, { priority }) ?? (client.uploadFile(file, key, own) as Upload<Data>);
		row.upload = upload;
		if (row.paused) upload.pause();
		if (row.cancelled) upload.abort();
		const show = (): void => {
			const snapshot = upload.snapshot();
			const { total = item.snapshot().size } = snapshot;
			// an earlier run may have sent more already
			const loaded = Math.max(snapshot.loaded, item.snapshot().loaded);
			if (!isOver(snapshot.state)) item.set({ ...snapshot, loaded, total, size: total });
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

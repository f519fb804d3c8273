import { adoptStream, isStream } from "./byte-stream.js";
import { until } from "./http/wait.js";
import { checkClientOptions, normalizeOptions, type UploadFileOptions } from "./options.js";
import type { Runtime } from "./platform.js";
import type { ClientFace, Upload } from "./public-types.js";
import type { Engine, Uploader } from "./upload/context.js";
import { startUpload } from "./upload.js";

/** Parts of a stream at once: each takes memory, so more is for the caller to say. */
const heldParts = 4;

/**
 * The face of a runtime, which is all that a page needs until a client is made.
 *
 * @param loadEngine begins with the first client, long before anybody has chosen a file; tried again with
 *   the next upload where it failed
 */
export function createFace(runtime: Runtime, loadEngine: () => Promise<Engine>): ClientFace {
	/** Gives the one uploader of a client, once there is an engine. */
	const prepareUploader = (concurrency: number): (() => Promise<Uploader>) => {
		let uploader: Promise<Uploader> | undefined;
		// also what is thrown at once, as where no timer may start yet, waits for the first upload
		const load = async (): Promise<Uploader> => {
			const back = runtime.outage?.();
			if (back !== undefined) await back;
			return (await loadEngine()).createUploader(concurrency);
		};
		const prepare = (): Promise<Uploader> => {
			uploader ??= load();
			uploader.catch(() => {
				uploader = undefined;
			});
			return uploader;
		};
		void prepare();
		return prepare;
	};
	const start = <Data>(
		file: unknown,
		key: string,
		options: UploadFileOptions,
		prepare: () => Promise<Uploader>,
	): Upload<Data> => {
		const stream = isStream(file) ? file : undefined;
		return startUpload({
			prepare: () => normalizeOptions(options, runtime, stream && heldParts),
			run: async (control) => {
				control.setOnline(runtime.outage?.() === undefined);
				return (await until(prepare(), control.signal))(control, file, key);
			},
			onFailure: stream && adoptStream(stream),
			inContext: runtime.captureContext?.(),
		});
	};
	return {
		createClient(clientOptions) {
			const prepare = prepareUploader(checkClientOptions(clientOptions, runtime));
			return {
				uploadFile: (file, key, options?) =>
					start(file, key as string, { ...clientOptions, ...given(options) }, prepare),
			};
		},
		uploadFile: (file, key, options) =>
			start(file, key, options, prepareUploader(runtime.maxConcurrency)),
	};
}

/** What is undefined leaves the client's option in force. */
const given = (options: object | undefined): object =>
	Object.fromEntries(Object.entries(options ?? {}).filter(([, value]) => value !== undefined));

import type { CompleteReply } from "#protocol";
import { createCancel, isStream } from "./byte-stream.js";
import { checkClientOptions, normalizeOptions } from "./check-options.js";
import type { ClientModule } from "./client-types.js";
import { resolveOnce } from "./endpoint.js";
import { isObject, reword, UploadError } from "./errors.js";
import type { FilesInput, FilesItem, FilesOptions, FilesUpload } from "./files/files-types.js";
import type { KeyOfFile } from "./files/upload-files.js";
import type { Api } from "./http/api.js";
import { createObjectCalls, never } from "./object-calls.js";
import type { ClientOptions, Settings } from "./options.js";
import type { ByteStream, Platform } from "./platform.js";
import type { Upload, UploadResult } from "./public-types.js";
import { type LoadMultipart, runUpload, type UploadRun } from "./run-upload.js";
import { createConcurrencyLimiter, createSemaphore } from "./upload/concurrency-limiter.js";
import type { ClientState, Control } from "./upload/context.js";
import { loadCode, missingCode } from "./upload/load-code.js";
import { startUpload } from "./upload.js";

/** Parts of a stream in flight: each is held in memory, so a higher number must be requested. */
const streamConcurrency = 4;

/** The most concurrent create calls of a client: more would only queue at the endpoint. */
const maxCreateCalls = 4;

const loadFiles = (): Promise<typeof import("./files/upload-files.js")> =>
	import("./files/upload-files.js");

/** `data` is absent when `onComplete` returned undefined. */
const toResult = <Data>(reply: CompleteReply): UploadResult<Data> => ({
	...reply,
	data: reply.data as Data,
});

/** Creates the exports of the package for one runtime. */
export function createClientModule(platform: Platform, loadMultipart: LoadMultipart): ClientModule {
	/** State of bare `uploadFile` calls, by endpoint. */
	const states = new Map<string, ClientState>();
	const checks: ClientState["checks"] = new Map();
	let preloaded = false;
	const createState = (concurrency: number): ClientState => {
		if (!preloaded) platform.whenIdle?.(() => loadMultipart().catch(() => {}));
		preloaded = true;
		return {
			algorithms: new Map(),
			checks,
			limiter: createConcurrencyLimiter(concurrency),
			hosts: [createSemaphore(() => platform.maxConcurrency)],
			createCalls: createSemaphore(() => maxCreateCalls),
		};
	};
	const sharedState = ({ endpoint }: Settings): ClientState => {
		const state = states.get(endpoint.href) ?? createState(platform.maxConcurrency);
		states.set(endpoint.href, state);
		return state;
	};
	const streamOf = (file: unknown): ByteStream | undefined =>
		isStream(file) ? (platform.toStream?.(file) ?? file) : undefined;
	const prepare = (options: readonly object[], stream?: ByteStream): Settings =>
		normalizeOptions(options, platform, stream && streamConcurrency);
	const run = (
		control: Control & Pick<UploadRun, "setApi">,
		file: unknown,
		key: string,
		client: ClientState,
	) => runUpload({ ...control, platform, loadMultipart, client, file, key });
	const start = <Data>(
		file: unknown,
		key: string,
		options: readonly object[],
		stateFor: (settings: Settings) => ClientState,
	): Upload<Data> => {
		const stream = streamOf(file);
		let status: Upload["status"] = async () => ({ state: "uploading" });
		const upload = startUpload({
			prepare: () => prepare(options, stream),
			async run(control) {
				const setApi = (api: Api): void => {
					status = () => api.call("status", {}, never, "state");
				};
				const state = stateFor(control.settings);
				return toResult<Data>(await run({ ...control, setApi }, stream ?? file, key, state));
			},
			onFailure: stream && createCancel(stream),
			inContext: platform.captureContext?.(),
			allowListeners: platform.allowListeners,
		});
		return Object.assign(upload, { status: () => status() });
	};
	const filesCall =
		(clientOptions: ClientOptions, client: ClientState) =>
		<Item extends FilesItem, Data>(
			files: FilesInput<Item>,
			keyOf: KeyOfFile<Item>,
			{ onError, existing, optionsFor, onFile, ...shared }: FilesOptions<Item, Data> = {},
		): FilesUpload<Item, Data> => {
			// a page may empty its input right after the call
			const given = isObject(files) && "length" in files ? Array.from(files) : files;
			return startUpload({
				prepare: () => prepare([clientOptions, shared]),
				run: async (control, notify) => {
					const { uploadFiles } = await loadCode({ ...control, platform }, loadFiles);
					return await uploadFiles({
						...control,
						files: given,
						keyOf,
						options: { onError, existing, optionsFor, onFile },
						notify,
						async upload(control, file, key, own) {
							const stream = streamOf(file);
							const settings = prepare([clientOptions, shared, own], stream);
							const running = run({ ...control, settings }, stream ?? file, key, client);
							return toResult(
								await running.catch((error) => {
									throw error instanceof UploadError ? reword(error, settings.messages) : error;
								}),
							);
						},
					});
				},
				inContext: platform.captureContext?.(),
				allowListeners: platform.allowListeners,
			});
		};
	return {
		createClient(clientOptions) {
			const state = createState(checkClientOptions(clientOptions, platform));
			const own = resolveOnce(clientOptions, platform.baseUrl);
			return {
				...createObjectCalls(platform, () => normalizeOptions([own], platform)),
				messages: clientOptions.messages,
				uploadFile: (file, key, options?) =>
					start(file, key as string, [own, options ?? {}], () => state),
				uploadFiles: filesCall(own, state),
				pending: () =>
					loadMultipart().then(
						({ findPending }) =>
							findPending({
								platform,
								settings: prepare([own]),
								start: (file, key, options) => start(file, key, [own, options], () => state),
							}),
						(cause) => {
							throw missingCode(cause);
						},
					),
			};
		},
		uploadFile: (file, key, options) => start(file, key, [options], sharedState),
	};
}

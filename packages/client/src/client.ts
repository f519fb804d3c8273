import type { CompleteReply } from "#protocol";
import { createCancel, isStream } from "./byte-stream.js";
import { checkClientOptions, normalizeOptions } from "./check-options.js";
import type { ClientModule } from "./client-types.js";
import { resolveOnce } from "./endpoint.js";
import { isObject, reword, wrap } from "./errors.js";
import type { FilesInput, FilesItem, FilesOptions, FilesUpload } from "./files/files-types.js";
import type { KeyOfFile } from "./files/upload-files.js";
import type { Api } from "./http/api.js";
import type { CallOptions, ObjectCalls } from "./object-types.js";
import type { ClientOptions, Settings } from "./options.js";
import type { ByteStream, Platform } from "./platform.js";
import type { Upload, UploadHandle, UploadResult } from "./public-types.js";
import { type LoadMultipart, runUpload, type UploadRun } from "./run-upload.js";
import { createConcurrencyLimiter } from "./upload/concurrency-limiter.js";
import type { ClientState, Control } from "./upload/context.js";
import { loadCode } from "./upload/load-code.js";
import { createSemaphore } from "./upload/semaphore.js";
import { startUpload, type UploadTask } from "./upload.js";

/** Parts of a stream in flight: each is held in memory, so a higher number must be requested. */
const streamConcurrency = 4;

/** The most concurrent create calls of a client: more would only queue at the endpoint. */
const maxCreateCalls = 4;

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
	let fetchedAhead = false;
	const createState = (concurrency: number): ClientState => {
		if (!fetchedAhead) platform.whenIdle?.(() => loadMultipart().catch(() => {}));
		fetchedAhead = true;
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
	const begin = <Result>(task: UploadTask<Result>): UploadHandle<Result> =>
		startUpload({
			...task,
			inContext: platform.captureContext?.(),
			allowListeners: platform.allowListeners,
		});
	const start = <Data>(
		file: unknown,
		key: string,
		options: readonly object[],
		stateFor: (settings: Settings) => ClientState,
	): Upload<Data> => {
		const stream = streamOf(file);
		let status: Upload["status"] = async () => ({ state: "uploading" });
		const upload = begin({
			prepare: () => prepare(options, stream),
			async run(control) {
				const setApi = (api: Api): void => {
					status = () => api.call("status", {}, new AbortController().signal, "state");
				};
				const state = stateFor(control.settings);
				return toResult<Data>(await run({ ...control, setApi }, stream ?? file, key, state));
			},
			onFailure: stream && createCancel(stream),
		});
		return Object.assign(upload, { status: () => status() });
	};
	const filesCall =
		(clientOptions: ClientOptions, client: ClientState) =>
		<Item extends FilesItem, Data>(
			files: FilesInput<Item>,
			keyOf: KeyOfFile<Item>,
			options?: FilesOptions<Item, Data>,
		): FilesUpload<Item, Data> => {
			// callers without TypeScript may pass null
			const { onError, existing, optionsFor, onFile, ...shared }: FilesOptions<Item, Data> =
				options ?? {};
			// a page may empty its input right after the call
			const given = isObject(files) && "length" in files ? Array.from(files) : files;
			return begin({
				prepare: () => prepare([clientOptions, shared]),
				run: async (control, notify) => {
					const { uploadFiles } = await loadCode({ ...control, platform }, loadMultipart);
					return await uploadFiles({
						...control,
						files: given,
						keyOf,
						options: { onError, existing, optionsFor, onFile },
						notify,
						async upload(control, file, key, own) {
							const stream = streamOf(file);
							const settings = prepare([clientOptions, shared, own], stream);
							return toResult(await run({ ...control, settings }, stream ?? file, key, client));
						},
					});
				},
			});
		};
	/** Loads the code of calls that belong to no upload. */
	const loadForCall = (
		{ messages }: ClientOptions,
		call?: CallOptions,
	): ReturnType<LoadMultipart> => {
		// callers without TypeScript may pass null
		const signal = call?.signal ?? new AbortController().signal;
		return loadCode({ platform, setOnline() {}, signal }, loadMultipart).catch((error) => {
			// all else that it throws is the signal's reason
			throw reword(wrap(error, "aborted", "The call was aborted."), messages);
		});
	};
	const objectCalls = (options: ClientOptions): ObjectCalls => {
		let made: ObjectCalls | undefined;
		const loadFirst = <Name extends keyof ObjectCalls>(name: Name): ObjectCalls[Name] =>
			(async (key: string, call?: CallOptions) => {
				const { createObjectCalls } = await loadForCall(options, call);
				made ??= createObjectCalls(platform, () => prepare([options]));
				return await made[name](key, call);
			}) as ObjectCalls[Name];
		return {
			rules: loadFirst("rules"),
			downloadUrl: loadFirst("downloadUrl"),
			status: loadFirst("status"),
			deleteFile: loadFirst("deleteFile"),
		};
	};
	return {
		createClient(clientOptions) {
			const state = createState(checkClientOptions(clientOptions, platform));
			const own = resolveOnce(clientOptions, platform.baseUrl);
			return {
				...objectCalls(own),
				messages: clientOptions.messages,
				uploadFile: (file, key, options?) =>
					start(file, key as string, [own, options ?? {}], () => state),
				uploadFiles: filesCall(own, state),
				async pending() {
					const { findPending } = await loadForCall(own);
					return await findPending({
						platform,
						settings: prepare([own]),
						start: (file, key, options) => start(file, key, [own, options], () => state),
					});
				},
			};
		},
		uploadFile: (file, key, options) => start(file, key, [options], sharedState),
	};
}

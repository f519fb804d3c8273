import { createCancel, isStream } from "./byte-stream.js";
import { createObjectCalls } from "./object-calls.js";
import { checkClientOptions, normalizeOptions, type Settings } from "./options.js";
import type { Platform } from "./platform.js";
import type { ClientModule, Upload } from "./public-types.js";
import { type LoadMultipart, runUpload } from "./run-upload.js";
import { createConcurrencyLimiter, createSemaphore } from "./upload/concurrency-limiter.js";
import type { ClientState } from "./upload/context.js";
import { startUpload } from "./upload.js";

/** Parts of a stream in flight: each is held in memory, so a higher number must be requested. */
const streamConcurrency = 4;

/** The most concurrent create calls of a client: more would only queue at the endpoint. */
const maxCreateCalls = 4;

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
			createCalls: createSemaphore(() => maxCreateCalls),
		};
	};
	const sharedState = ({ endpoint }: Settings): ClientState => {
		const state = states.get(endpoint.href) ?? createState(platform.maxConcurrency);
		states.set(endpoint.href, state);
		return state;
	};
	const start = <Data>(
		file: unknown,
		key: string,
		options: readonly object[],
		stateFor: (settings: Settings) => ClientState,
	): Upload<Data> => {
		const stream = isStream(file) ? (platform.toStream?.(file) ?? file) : undefined;
		return startUpload({
			prepare: () => normalizeOptions(options, platform, stream && streamConcurrency),
			run: async (control) => {
				const client = stateFor(control.settings);
				return await runUpload({
					...control,
					platform,
					loadMultipart,
					client,
					file: stream ?? file,
					key,
				});
			},
			onFailure: stream && createCancel(stream),
			inContext: platform.captureContext?.(),
			allowListeners: platform.allowListeners,
		});
	};
	return {
		createClient(clientOptions) {
			const state = createState(checkClientOptions(clientOptions, platform));
			return {
				...createObjectCalls(platform, () => normalizeOptions([clientOptions], platform)),
				uploadFile: (file, key, options?) =>
					start(file, key as string, [clientOptions, options ?? {}], () => state),
			};
		},
		uploadFile: (file, key, options) => start(file, key, [options], sharedState),
	};
}

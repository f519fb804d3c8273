import { reword, UploadError, wrap } from "./errors.js";
import { until } from "./http/wait.js";
import type { Settings } from "./options.js";
import type { Platform } from "./platform.js";
import type { UploadHandle, UploadReport } from "./public-types.js";
import { abortGraceMs, type Control, type Notify } from "./upload/context.js";
import { createPauseGate } from "./upload/pause-gate.js";
import { createTimeline } from "./upload/timeline.js";
import { createUploadStore, isOver } from "./upload/upload-store.js";

/** Set by the build. */
declare const SKYPUT_VERSION: string | undefined;

/** An upload that is about to run. */
export interface UploadTask<Result> {
	/** Returns the settings; an error it throws rejects the handle. */
	readonly prepare: () => Settings;
	/**
	 * Ends soon after its signal is aborted.
	 *
	 * @param notify calls a listener of the caller
	 */
	readonly run: (control: Control, notify: Notify) => Promise<Result>;
	/** Called when the upload failed, to release an input that may not have been opened. */
	readonly onFailure?: (() => void) | undefined;
	/** Calls a function in the async context of the caller; absent where the runtime has none. */
	readonly inContext?: ((callback: () => void) => void) | undefined;
	/** See the member of the platform. */
	readonly allowListeners?: Platform["allowListeners"] | undefined;
}

/** Runs an upload and returns its handle. */
export function startUpload<Result>({
	prepare,
	run,
	onFailure,
	inContext = (callback) => callback(),
	allowListeners,
}: UploadTask<Result>): UploadHandle<Result> {
	const controller = new AbortController();
	const { signal } = controller;
	const gate = createPauseGate();
	let settings: Settings | undefined;
	const startedAt = new Date().toISOString();
	let offline = false;
	/** Requests in flight. */
	let requests = 0;
	// report errors of a listener like those of an event listener, and continue
	const notify: Notify = (listener) => queueMicrotask(() => inContext(listener));
	const timeline = createTimeline();
	const store = createUploadStore(notify, timeline.add);

	// an aborted upload always rejects, after a short wait for its abort call
	const late = new AbortController();
	signal.addEventListener("abort", () => setTimeout(() => late.abort(), abortGraceMs));

	const control: Omit<Control, "settings"> = {
		signal,
		gate,
		setProgress(progress) {
			const { state, loaded } = store.get();
			if (isOver(state)) return;
			const moved = progress.loaded > loaded;
			store.set({ progress, ...(moved && { error: undefined, retryingAt: undefined }) });
			const listener = settings?.onProgress;
			if (listener) notify(() => listener(progress));
		},
		setOnline(is) {
			// runs for every chunk, so it must be cheap
			if (is !== offline) return;
			offline = !is;
			store.set({ offline });
		},
		setPhase: (phase) => store.set({ phase, error: undefined, retryingAt: undefined }),
		setPending: () => store.set({ pending: true }),
		// the upload is not waiting while another request is in flight
		setRetrying: (at) => store.set({ retryingAt: requests > 0 ? undefined : at }),
		trackRequest(request) {
			requests++;
			return request.finally(() => requests--);
		},
		setError: (error) => store.set({ error: reword(error, settings?.messages) }),
		addEvent: timeline.add,
	};

	const runToEnd = async (): Promise<Result> => {
		const follow = (): void => controller.abort(settings?.signal?.reason);
		try {
			settings = prepare();
			if (settings.signal?.aborted) follow();
			allowListeners?.(signal, settings.signal);
			settings.signal?.addEventListener("abort", follow);
			const value = await until(run({ ...control, settings }, notify), late.signal);
			store.set({ phase: "done", error: undefined });
			return value;
		} catch (cause) {
			onFailure?.();
			const error = reword(
				signal.aborted
					? new UploadError("aborted", "The upload was aborted.", { cause: signal.reason })
					: wrap(cause, "internal", "The upload failed unexpectedly: see `cause`."),
				settings?.messages,
			);
			store.set({ phase: signal.aborted ? "aborted" : "failed", error });
			throw error;
		} finally {
			settings?.signal?.removeEventListener("abort", follow);
		}
	};

	const result = runToEnd();
	const upload = result.then((value) => value) as UploadHandle<Result>;
	/** Wraps a function: after the first call, a rejection counts as handled. */
	const handling =
		<Args extends unknown[], Value>(method: (...args: Args) => Value) =>
		(...args: Args): Value => {
			upload.catch(() => {});
			return method(...args);
		};
	// has no effect after the upload has ended
	const controls: Omit<UploadHandle<Result>, keyof Promise<unknown>> = {
		get state() {
			return store.get().state;
		},
		get result() {
			return handling(() => result)();
		},
		pause() {
			gate.close();
			store.set({ paused: true });
		},
		resume() {
			gate.open();
			store.set({ paused: false });
		},
		abort: handling((reason) => controller.abort(reason)),
		progress: handling(store.watch),
		subscribe: handling(store.subscribe),
		snapshot: handling(store.get),
		report() {
			const { state, error, loaded, total } = store.get();
			return {
				version: typeof SKYPUT_VERSION === "string" ? SKYPUT_VERSION : "source",
				runtime: globalThis.navigator?.userAgent,
				startedAt,
				settings: settings && describeSettings(settings),
				state,
				code: error?.code,
				loaded,
				total,
				...timeline.read(),
			};
		},
	};
	return Object.defineProperties(upload, Object.getOwnPropertyDescriptors(controls));
}

const describeSettings = ({
	endpoint,
	concurrency,
	retry,
	stallTimeout,
	checksum,
	multipartThreshold,
	resume,
}: Settings): UploadReport["settings"] => ({
	endpoint: endpoint.origin,
	concurrency,
	retry,
	stallTimeout,
	checksum,
	multipartThreshold,
	resume: Boolean(resume),
});

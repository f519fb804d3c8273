import type { CompleteReply } from "#protocol";
import { UploadError, wrap } from "./errors.js";
import { until } from "./http/wait.js";
import type { Settings } from "./options.js";
import type { Upload, UploadResult, UploadState } from "./public-types.js";
import type { Control } from "./upload/context.js";
import { createPauseGate } from "./upload/pause-gate.js";
import { createProgressMeter } from "./upload/progress.js";

/** Milliseconds that an aborted upload gives its last call to the server before it rejects. */
const farewell = 300;

/**
 * Runs an upload and gives its caller the handle.
 *
 * @param prepare gives the upload's settings; what it throws rejects the handle
 * @param upload ends soon after its signal is aborted
 * @param letGo called when it failed, for what was handed in and may not even have been looked at
 */
export function startUpload<Data>(
	prepare: () => Settings,
	upload: (control: Control) => Promise<CompleteReply>,
	letGo?: () => void,
): Upload<Data> {
	const controller = new AbortController();
	const { signal } = controller;
	const gate = createPauseGate();
	let listener: Settings["onProgress"];
	// a listener's failure is its own: it is reported like that of an event listener, and the upload goes on
	const meter = createProgressMeter((progress) => queueMicrotask(() => listener?.(progress)));
	let phase: UploadState = "starting";
	let offline = false;
	let over = false;

	// an aborted upload rejects in any case, but lets a last call to the server leave first
	const late = new AbortController();
	signal.addEventListener("abort", () => setTimeout(() => late.abort(), farewell));

	const run = async (): Promise<UploadResult<Data>> => {
		let callers: AbortSignal | undefined;
		const follow = (): void => controller.abort(callers?.reason);
		try {
			const settings = prepare();
			callers = settings.signal;
			listener = settings.onProgress;
			if (callers?.aborted) follow();
			callers?.addEventListener("abort", follow);
			const running = upload({
				settings,
				signal,
				gate,
				meter,
				setOnline: (is) => (offline = !is),
				setPhase: (next) => (phase = next),
				setRetrying() {},
			});
			const reply = await until(running, late.signal);
			meter.finish();
			phase = "done";
			// the server answers what `onComplete` returned, and nothing where that was undefined
			return { ...reply, data: reply.data as Data };
		} catch (error) {
			letGo?.();
			phase = signal.aborted ? "aborted" : "failed";
			throw signal.aborted
				? new UploadError("aborted", "The upload was aborted.", { cause: signal.reason })
				: wrap(error, "internal", "The upload failed unexpectedly: see `cause`.");
		} finally {
			over = true;
			meter.end();
			callers?.removeEventListener("abort", follow);
		}
	};

	const controls: Pick<Upload, "pause" | "resume" | "abort" | "progress" | "state"> = {
		get state() {
			if (over) return phase;
			return gate.closed ? "paused" : offline ? "offline" : phase;
		},
		// once it is over, nobody looks at gate and signal any more
		pause: gate.close,
		resume: gate.open,
		abort: (reason) => controller.abort(reason),
		progress: meter.watch,
	};
	return Object.defineProperties(run(), Object.getOwnPropertyDescriptors(controls)) as Upload<Data>;
}

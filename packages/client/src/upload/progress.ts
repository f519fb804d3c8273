import type { Progress } from "../options.js";

/** Milliseconds between two reports. */
const reportInterval = 100;
/** Milliseconds over which the speed is smoothed. */
const smoothing = 3_000;
/**
 * Milliseconds without a byte after which the speed counts as zero: longer than one chunk takes on a slow
 * line.
 */
const idleTimeout = 5_000;

/** One body that is being sent. */
export interface ProgressSlot {
	/**
	 * Bytes that the running attempt has sent so far.
	 *
	 * @param earlier how many of them an earlier run sent; they do not count for the speed
	 */
	sent(bytes: number, earlier?: number): void;
	/** Counts the body as stored. */
	stored(): void;
}

export interface ProgressMeter {
	/**
	 * Reports the start, also of a restart: slots count from zero, and `loaded` never falls.
	 *
	 * @param stored bytes that an earlier run sent; they do not count for the speed
	 */
	begin(total: number | null, stored?: number): void;
	/** Sets the total of a stream, once its end is known. */
	ends(total: number): void;
	/**
	 * Registers a body of this size. A retry restarts its count; `loaded` never falls.
	 *
	 * @param counted bytes of it among the `stored` ones
	 */
	slot(size: number, counted?: number): ProgressSlot;
	/** How many bodies are stored. */
	readonly storedCount: () => number;
	/** Reports the end: `loaded` is the total. */
	complete(): void;
	/** Reports deferred progress. */
	flush(): void;
	/** Reports deferred progress, then stops reporting. */
	end(): void;
}

/**
 * Sums the bytes that all bodies of an upload have sent.
 *
 * @param report called with each report
 * @param now milliseconds, monotonic
 */
export function createProgressMeter(
	report: (progress: Progress) => void,
	now: () => number = () => performance.now(),
): ProgressMeter {
	/** Null while unknown. */
	let total: number | null = null;
	let moving = 0;
	let loaded = 0;
	let storedCount = 0;
	let ended = false;

	let began = now();
	let reportedAt = began;
	let timer: ReturnType<typeof setTimeout> | undefined;
	/** Whether the timer will report bytes that are not reported yet. */
	let deferred = false;
	let measuredAt = began;
	let measured = 0;
	let average = 0;

	const measure = (at: number): number => {
		const elapsed = at - measuredAt;
		if (elapsed > 0) {
			const keep = Math.exp(-elapsed / smoothing);
			average = average * keep + ((loaded - measured) / elapsed) * 1000 * (1 - keep);
			measuredAt = at;
			measured = loaded;
		}
		// the average starts at zero, so correct for that once there is a speed
		return average && average / (1 - Math.exp((began - at) / smoothing));
	};

	const setTimer = (milliseconds: number, callback: () => void): void => {
		clearTimeout(timer);
		timer = setTimeout(callback, milliseconds);
	};
	const publish = (due?: boolean): void => {
		if (ended) return;
		const at = now();
		const early = reportedAt + reportInterval - at;
		if (due || early <= 0) emit(at, measure(at));
		// report the end of a burst too: the next bytes may come much later
		else if (!deferred) {
			deferred = true;
			setTimer(early, () => publish(true));
		}
	};
	const flush = (): void => {
		if (deferred) publish(true);
	};
	const emit = (at: number, bytesPerSecond: number): void => {
		deferred = false;
		clearTimeout(timer);
		if (bytesPerSecond > 0) setTimer(idleTimeout, () => emit(now(), 0));
		reportedAt = at;
		report({
			loaded,
			bytesPerSecond,
			...(total !== null && {
				total,
				...(bytesPerSecond > 0 && { secondsLeft: (total - loaded) / bytesPerSecond }),
			}),
		});
	};

	return {
		begin(bytes, stored = 0) {
			total = bytes;
			moving = stored;
			measured = loaded = Math.max(loaded, stored);
			average = 0;
			began = measuredAt = now();
			publish(true);
		},
		ends(bytes) {
			total = bytes;
			publish(true);
		},
		slot(size, counted = 0) {
			const count = (bytes: number): void => {
				moving += bytes - counted;
				counted = bytes;
				if (moving <= loaded) return;
				loaded = moving;
				publish();
			};
			return {
				sent: (bytes, earlier = 0) => {
					measured += earlier;
					count(Math.min(bytes, size));
				},
				stored() {
					storedCount++;
					count(size);
				},
			};
		},
		storedCount: () => storedCount,
		complete() {
			loaded = total ?? loaded;
			publish(true);
		},
		flush,
		end() {
			flush();
			ended = true;
			clearTimeout(timer);
		},
	};
}

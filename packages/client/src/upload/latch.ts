/** Shut until it is opened, once and for good. */
export interface Latch {
	readonly opened: Promise<void>;
	open(): void;
}

export function createLatch(): Latch {
	let open = (): void => {};
	const opened = new Promise<void>((resolve) => {
		open = resolve;
	});
	return { opened, open };
}

/** The promise's value, unless the signal is aborted before: then its reason. */
export function until<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
	return new Promise((resolve, reject) => {
		const stop = (): void => reject(signal.reason);
		if (signal.aborted) stop();
		signal.addEventListener("abort", stop, { once: true });
		void promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
	});
}

/** The promise's value, unless the signal is aborted before: then its reason. */
export function until<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
	return new Promise((resolve, reject) => {
		const stop = (): void => reject(signal.reason);
		if (signal.aborted) stop();
		signal.addEventListener("abort", stop);
		void promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
	});
}

/** Waits milliseconds; rejects with the signal's reason as soon as it is aborted. */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
	let timer: ReturnType<typeof setTimeout>;
	const time = new Promise<void>((resolve) => {
		timer = setTimeout(resolve, milliseconds);
	});
	return until(time, signal).finally(() => clearTimeout(timer));
}

/** Resolves like the promise, or rejects with the signal's reason if it is aborted first. */
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

/** Milliseconds of work in one task: well below the 50 ms of a long task. */
const turn = 5;

/**
 * For loops over settled promises, which would block the page until they end.
 *
 * @returns a function to await after each piece of work; it yields to other tasks every few milliseconds
 */
export function createYielder(): () => Promise<void> {
	let began = performance.now();
	return async () => {
		if (performance.now() - began < turn) return;
		await nextTask();
		began = performance.now();
	};
}

/** Unlike timers, messages come without a delay, in hidden pages too. */
export const nextTask = (): Promise<void> =>
	new Promise((resolve) => {
		try {
			const { port1, port2 } = new MessageChannel();
			port1.onmessage = () => {
				port1.close();
				resolve();
			};
			port2.postMessage(0);
		} catch {
			setTimeout(resolve);
		}
	});

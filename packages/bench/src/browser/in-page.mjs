// Functions that run inside a page. They cannot use anything else of this file.

/** Marks the start and the end of an upload in a trace. */
export const marks = ["upload begins", "upload ends"];

/**
 * Uploads the chosen file with the page's own script and observes the main thread.
 *
 * @returns {Promise<{ seconds: number, longTasks: number, longestGap: number }>} tasks of more than
 *   50 ms, and the milliseconds that a timer of 4 ms came late at most: the browser's word and a check
 *   of it
 */
export async function uploadAndWatch({ marks: [begin, end], ...settings }) {
	const [file] = document.querySelector("#file").files;
	let longTasks = 0;
	const observer = new PerformanceObserver((list) => {
		longTasks += list.getEntries().length;
	});
	observer.observe({ type: "longtask" });
	const interval = 4;
	let last = performance.now();
	let longestGap = 0;
	const timer = setInterval(() => {
		const now = performance.now();
		longestGap = Math.max(longestGap, now - last - interval);
		last = now;
	}, interval);

	performance.mark(begin);
	await globalThis.upload(file, settings);
	performance.mark(end);
	const seconds = performance.measure("upload", begin, end).duration / 1000;

	clearInterval(timer);
	// the last task is reported after it has ended
	await new Promise((resolve) => setTimeout(resolve, 100));
	longTasks += observer.takeRecords().length;
	observer.disconnect();
	return { seconds, longTasks, longestGap };
}

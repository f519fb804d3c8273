// Functions that are carried into a page: of this file they see nothing but themselves.

/** Begin and end of an upload, in a trace of the browser. */
export const marks = ["upload begins", "upload ends"];

/**
 * Uploads the file that was chosen, by the page's own script, and looks at the main thread meanwhile.
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
	// the last task is not told before it has ended
	await new Promise((resolve) => setTimeout(resolve, 100));
	longTasks += observer.takeRecords().length;
	observer.disconnect();
	return { seconds, longTasks, longestGap };
}

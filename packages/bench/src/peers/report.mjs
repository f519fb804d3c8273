/** Runs one upload and prints its duration and the peak memory of this process as JSON. */
export async function report(upload) {
	const start = performance.now();
	await upload();
	const seconds = (performance.now() - start) / 1000;
	// KiB on every platform
	console.log(JSON.stringify({ seconds, peakMiB: process.resourceUsage().maxRSS / 1024 }));
}

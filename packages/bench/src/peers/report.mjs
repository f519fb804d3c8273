/** Runs one upload and prints, as JSON, how long it took and this process' peak of memory. */
export async function report(upload) {
	const start = performance.now();
	await upload();
	const seconds = (performance.now() - start) / 1000;
	// libuv gives KiB on every system
	console.log(JSON.stringify({ seconds, peakMiB: process.resourceUsage().maxRSS / 1024 }));
}

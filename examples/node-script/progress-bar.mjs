const width = 30;

/** Shows the progress in one line of the terminal; pass it as `onProgress`. */
export function showProgress({ loaded, total = loaded, bytesPerSecond, secondsLeft }) {
	const done = total === 0 ? 1 : loaded / total;
	const bar = "#".repeat(Math.round(done * width)).padEnd(width, "-");
	const left = secondsLeft === undefined ? "" : `, ${Math.ceil(secondsLeft)} s left`;
	const speed = `${(bytesPerSecond / 1e6).toFixed(1)} MB/s`;
	const line = `[${bar}] ${Math.floor(done * 100)} %, ${speed}${left}`;
	// a log file gets the last line only
	if (process.stdout.isTTY) process.stdout.write(`\r\x1b[2K${line}`);
	else if (loaded === total) process.stdout.write(line);
}

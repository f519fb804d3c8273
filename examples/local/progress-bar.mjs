const width = 30;
const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0);

/** Shows an upload in one line of the terminal, or in a few lines elsewhere. */
export function showProgress(name) {
	const start = performance.now();
	const moving = process.stdout.isTTY === true;
	let latest = { loaded: 0 };
	let quarter = 0;

	const line = ({ loaded, total = loaded, bytesPerSecond = 0, secondsLeft }) => {
		const done = total === 0 ? 1 : loaded / total;
		const filled = Math.round(done * width);
		const bar = "#".repeat(filled) + "-".repeat(width - filled);
		const left = secondsLeft === undefined ? "" : `, ${Math.ceil(secondsLeft)} s left`;
		return `${name} [${bar}] ${Math.floor(done * 100)} %, ${megabytes(bytesPerSecond)} MB/s${left}`;
	};

	return {
		update: (progress) => {
			latest = progress;
			if (moving) {
				process.stdout.write(`\r\x1b[2K${line(progress)}`);
				return;
			}
			const reached = Math.floor((4 * progress.loaded) / (progress.total || 1));
			if (reached > quarter && reached < 4) console.log(line(progress));
			quarter = reached;
		},
		end: () => {
			const seconds = (performance.now() - start) / 1000;
			const bytesPerSecond = latest.loaded / seconds;
			const { loaded } = latest;
			const sum = `${megabytes(loaded)} MB in ${seconds.toFixed(2)} s`;
			const last = `${line({ loaded, total: loaded, bytesPerSecond })}, ${sum}`;
			process.stdout.write(`${moving ? "\r\x1b[2K" : ""}${last}\n`);
		},
	};
}

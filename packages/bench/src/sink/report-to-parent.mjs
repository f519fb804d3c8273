/**
 * Sends the addresses to the parent process, then responds to every message with the requests and the
 * processor time since the last one. Exits with the parent.
 *
 * @param {Readonly<Record<string, string>>} origins
 * @param {() => object} take
 */
export function reportToParent(origins, take) {
	let cpuStart = process.cpuUsage();
	process.on("message", () => {
		const { user, system } = process.cpuUsage(cpuStart);
		cpuStart = process.cpuUsage();
		process.send({ ...take(), cpuSeconds: (user + system) / 1e6 });
	});
	process.on("disconnect", () => process.exit());
	// Ctrl-C reaches the whole process group: let the parent decide the order
	process.on("SIGINT", () => {});
	process.send(origins);
}

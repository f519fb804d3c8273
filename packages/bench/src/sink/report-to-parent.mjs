/**
 * Tells the process that forked this one where it serves, and then answers every message with what came
 * in since the last one, and the processor time of that. Ends with the parent.
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
	// Ctrl-C reaches the whole group: the parent decides the order
	process.on("SIGINT", () => {});
	process.send(origins);
}

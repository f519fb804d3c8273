/** Lines that stay in the log: a screen reader reads only what is added. */
const kept = 30;

/** Announces texts to screen readers, one after another, in a live region. */
export function createAnnouncer(log) {
	return (text) => {
		const line = document.createElement("p");
		line.textContent = text;
		log.append(line);
		while (log.childElementCount > kept) log.firstElementChild.remove();
	};
}

/** Calls `reached` with 25, 50 and 75 as an upload passes them; after a jump only with the last one. */
export function createMilestones(reached) {
	let last = 0;
	return ({ loaded, total }) => {
		const quarter = total ? Math.floor((4 * loaded) / total) : 0;
		if (quarter > last && quarter < 4) reached(quarter * 25);
		last = Math.max(last, quarter);
	};
}

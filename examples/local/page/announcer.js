/** Lines that stay in the log: a screen reader reads what is added, and nobody needs the old ones. */
const kept = 30;

/** Says things to those who cannot see the page, one after another: a live region that lines are added to. */
export function createAnnouncer(log) {
	return (text) => {
		const line = document.createElement("p");
		line.textContent = text;
		log.append(line);
		while (log.childElementCount > kept) log.firstElementChild.remove();
	};
}

/** Calls `reached` with 25, 50 and 75 as an upload passes them; after a jump with the last one only. */
export function createMilestones(reached) {
	let last = 0;
	return ({ loaded, total }) => {
		const quarter = total ? Math.floor((4 * loaded) / total) : 0;
		if (quarter > last && quarter < 4) reached(quarter * 25);
		last = Math.max(last, quarter);
	};
}

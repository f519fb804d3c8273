const nameOfEnd = ({ end: { result, error } }) => (result ? "stored" : (error.code ?? "?"));

/** A whole number, as wide as the head of its column. */
const count = (number) => String(number).padStart(7);

/** One row per fault: how many requests and uploads it hit, and how those ended. */
export function printFaults(faults, cases) {
	const rows = faults.map(({ name }) => {
		const hits = cases.flatMap(({ requests }) => requests).filter(({ fault }) => fault === name);
		const hit = cases.filter(({ requests }) => requests.some(({ fault }) => fault === name));
		const failed = hit.filter(({ end }) => end.error).map(nameOfEnd);
		return {
			fault: name,
			hits: count(hits.length),
			uploads: count(hit.length),
			stored: count(hit.length - failed.length),
			"other ends": [...new Set(failed)].join(", "),
		};
	});
	printTable(rows);
}

/** Prints rows with the same members as a table. */
function printTable(rows) {
	const columns = Object.keys(rows[0]).map((name) => {
		const cells = [name, ...rows.map((row) => row[name])];
		const width = Math.max(...cells.map((cell) => cell.length));
		return cells.map((cell) => cell.padEnd(width));
	});
	for (const line of columns[0].keys()) {
		console.log(`  ${columns.map((cells) => cells[line]).join("  ")}`.trimEnd());
	}
}

/** All that is known of an upload that did not end as it should. */
export function printStory({ errand, end, stored, requests, left, wrong }) {
	console.log(`\nupload ${errand.number}: ${wrong}`);
	console.log(`  ${JSON.stringify(errand)}`);
	const { error } = end;
	const told = error ? `${error.code}: ${error.message}` : JSON.stringify(end.result);
	console.log(`  ended with ${told}`);
	console.log(`  stored: ${stored}; multipart uploads left: ${left}`);
	const [first] = requests;
	for (const { at, operation, partNumber, fault, targetStatus, status } of requests) {
		const seconds = ((at - first.at) / 1000).toFixed(2).padStart(8);
		const what = `${operation}${partNumber === undefined ? "" : ` ${partNumber}`}`.padEnd(24);
		const answers = `${targetStatus ?? "-"} -> ${status ?? "-"}`.padEnd(12);
		console.log(`  ${seconds} s  ${what}  ${answers}  ${fault ?? ""}`.trimEnd());
	}
}

export function printVerdict({ seed, short, cases, bad, seconds }) {
	const requests = cases.flatMap((one) => one.requests);
	const hit = requests.filter(({ fault }) => fault !== undefined).length;
	const bytes = cases.reduce((sum, { errand }) => sum + errand.size, 0);
	const stored = cases.filter(({ end }) => end.result).length;
	const left = cases.reduce((sum, one) => sum + one.left, 0);
	console.log(
		`\n${bad.length === 0 ? "ok" : "FAILED"}: seed ${seed}${short ? " (short)" : ""}, ${cases.length} uploads of ${(bytes / 1e9).toFixed(2)} GB in ${seconds.toFixed(0)} s: ` +
			`${stored} stored, ${cases.length - stored} ended by a fault that ends uploads; ${hit} of ${requests.length} requests hit; ` +
			`${left} multipart uploads left behind, of creates whose answer nobody heard` +
			(bad.length === 0
				? ""
				: `, but for ${bad.length} uploads that did not end as they should: above`),
	);
}

const outcomeName = ({ outcome: { result, error } }) => (result ? "stored" : (error.code ?? "?"));

/** Prints one row per fault: how many requests and uploads it hit, and how those ended. */
export function printFaults(faults, cases) {
	const rows = faults.map(({ name }) => {
		const hits = cases.flatMap(({ requests }) => requests).filter(({ fault }) => fault === name);
		const hit = cases.filter(({ requests }) => requests.some(({ fault }) => fault === name));
		const failed = hit.filter(({ outcome }) => outcome.error).map(outcomeName);
		return {
			fault: name,
			hits: hits.length,
			uploads: hit.length,
			stored: hit.length - failed.length,
			failures: [...new Set(failed)].join(", "),
		};
	});
	printTable(rows);
}

/** Prints rows with the same members as a table, numbers aligned to the right. */
function printTable(rows) {
	const columns = Object.keys(rows[0]).map((name) => {
		const cells = [name, ...rows.map((row) => String(row[name]))];
		const width = Math.max(...cells.map((cell) => cell.length));
		const isNumber = typeof rows[0][name] === "number";
		return cells.map((cell) => (isNumber ? cell.padStart(width) : cell.padEnd(width)));
	});
	for (const line of columns[0].keys()) {
		console.log(`  ${columns.map((cells) => cells[line]).join("  ")}`.trimEnd());
	}
}

/** Prints everything known about an upload with a problem. */
export function printUpload({ spec, outcome, stored, requests, left, problem }) {
	console.log(`\nupload ${spec.number}: ${problem}`);
	console.log(`  ${JSON.stringify(spec)}`);
	const { error } = outcome;
	const text = error ? `${error.code}: ${error.message}` : JSON.stringify(outcome.result);
	console.log(`  ended with ${text}`);
	console.log(`  stored: ${stored}; multipart uploads left over: ${left}`);
	const [first] = requests;
	for (const { at, operation, partNumber, fault, targetStatus, status } of requests) {
		const seconds = ((at - first.at) / 1000).toFixed(2).padStart(8);
		const what = `${operation}${partNumber === undefined ? "" : ` ${partNumber}`}`.padEnd(24);
		const statuses = `${targetStatus ?? "-"} -> ${status ?? "-"}`.padEnd(12);
		console.log(`  ${seconds} s  ${what}  ${statuses}  ${fault ?? ""}`.trimEnd());
	}
}

/** Prints the last line of a run with random faults. */
export function printSummary({ cloud, seed, short, cases, failed, seconds }) {
	const requests = cases.flatMap((one) => one.requests);
	const hit = requests.filter(({ fault }) => fault !== undefined).length;
	const bytes = cases.reduce((sum, { spec }) => sum + spec.size, 0);
	const stored = cases.filter(({ outcome }) => outcome.result).length;
	const left = cases.reduce((sum, one) => sum + one.left, 0);
	console.log(
		`\n${failed.length === 0 ? "ok" : "FAILED"}: ${cloud}, seed ${seed}${short ? " (short)" : ""}, ${cases.length} uploads of ${(bytes / 1e9).toFixed(2)} GB in ${seconds.toFixed(0)} s: ` +
			`${stored} stored, ${cases.length - stored} ended by faults that may end an upload; ${hit} of ${requests.length} requests hit; ` +
			`${left} multipart uploads left over from lost create responses` +
			(failed.length === 0 ? "" : `; ${failed.length} uploads with a problem: above`),
	);
}

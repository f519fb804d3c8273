/**
 * Summary tables of several benchmarks, by the name of their section. A table without numbers is left out.
 *
 * @param {Record<string, import("../main.mjs").Kept>} kept
 * @returns {Record<string, readonly Record<string, string | number>[]>}
 */
export function summarize(kept) {
	const tables = {
		"summary-node": nodeRows(kept),
		"summary-browser": browserRows(kept),
		"peers-losses": losses(kept, nodePlaces),
		"browser-losses": losses(kept, browserPlaces),
	};
	return Object.fromEntries(Object.entries(tables).filter(([, rows]) => rows.length > 0));
}

const nodeLinks = {
	"peers-plain": "HTTP on one machine",
	"peers-tls": "HTTPS on one machine",
	"peers-line": "20 MB/s per connection, 50 ms",
};
const nodePlaces = { ...nodeLinks, "peers-bundles": "bundle of a page" };
const browserLinks = {
	"browser-plain": "HTTP on one machine",
	"browser-tls": "HTTPS on one machine",
	"browser-line": "20 MB/s per connection, 50 ms",
};
const browserPlaces = { ...browserLinks, "browser-page": "the page" };

/** The summary of Node: one row per measure, one column per competitor. */
function nodeRows(kept) {
	const across = acrossFrom(kept, "Node 24");
	return [
		...Object.entries(nodeLinks).flatMap(([benchmark, link]) =>
			across(benchmark, `speed: ${link}`, "ratio to curl"),
		),
		...across("peers-tls", "processor time over HTTPS, s/GiB", "CPU s/GiB"),
		...across("peers-plain", "peak of memory, MiB", "peak RSS MiB"),
		...across("peers-plain", "calls before the first byte", "before the 1st byte"),
	];
}

/** The summary of Chromium. */
function browserRows(kept) {
	const across = acrossFrom(kept, "Chromium");
	return [
		...Object.entries(browserLinks).flatMap(([benchmark, link]) =>
			across(benchmark, `speed: ${link}`, "ratio to Uppy"),
		),
		...across("browser-plain", "processor time of the browser, s/GiB", "CPU s/GiB"),
		...across("browser-page", "memory beyond the idle page, MiB", "memory MiB"),
		...across("browser-page", "calls of the upload handler", "control calls"),
	];
}

/** One row: a column of a benchmark's table, with a column per competitor but those with the parts of another. */
const acrossFrom = (kept, head) => (benchmark, label, column) => {
	const cells = kept[benchmark]?.rows
		.map((row) => [Object.values(row)[0], row[column]])
		.filter(([name]) => !name.includes("parts of"));
	return cells ? [{ [head]: label, ...Object.fromEntries(cells) }] : [];
};

/** Measures to compare, and whether more (1) or less (-1) is better. */
const measures = {
	"MiB/s": 1,
	"CPU s/GiB": -1,
	"peak RSS MiB": -1,
	"all of it, kB": -1,
	"memory MiB": -1,
};

/** Every measure in which a peer is better than Skyput. */
function losses(kept, places) {
	return Object.entries(places).flatMap(([benchmark, where]) => {
		const rows = kept[benchmark]?.rows ?? [];
		const isOurs = (row) => Object.values(row)[0].startsWith("skyput");
		return Object.entries(measures).flatMap(([measure, sign]) =>
			rows.filter(isOurs).flatMap((our) =>
				rows
					.filter((row) => !isOurs(row) && sign * row[measure] > sign * our[measure])
					.map((row) => ({
						where,
						measure,
						ours: Object.values(our)[0],
						is: our[measure],
						"the peer": Object.values(row)[0],
						has: row[measure],
					})),
			),
		);
	});
}

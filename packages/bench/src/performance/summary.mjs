/**
 * Tables that show several benchmarks at once, by the name that a document asks for them. One without
 * numbers is left out.
 *
 * @param {Record<string, import("../main.mjs").Kept>} kept
 * @returns {Record<string, readonly Record<string, string | number>[]>}
 */
export function summarize(kept) {
	const tables = { "summary-node": nodeRows(kept), "peers-losses": losses(kept) };
	return Object.fromEntries(Object.entries(tables).filter(([, rows]) => rows.length > 0));
}

const networks = {
	"peers-plain": "HTTP on one machine",
	"peers-tls": "HTTPS on one machine",
	"peers-line": "20 MB/s per connection, 50 ms",
};

/** What the README shows of Node: one row per measure, one column per contestant. */
function nodeRows(kept) {
	const across = (benchmark, label, column) => {
		const cells = kept[benchmark]?.rows.map((row) => [Object.values(row)[0], row[column]]);
		return cells ? [{ "Node 24": label, ...Object.fromEntries(cells) }] : [];
	};
	return [
		...Object.entries(networks).flatMap(([benchmark, network]) =>
			across(benchmark, `speed: ${network}`, "ratio to curl"),
		),
		...across("peers-tls", "processor time over HTTPS, s/GiB", "CPU s/GiB"),
		...across("peers-plain", "peak of memory, MiB", "peak RSS MiB"),
		...across("peers-plain", "calls before the first byte", "before the 1st byte"),
	];
}

/** Measures in which somebody can be better, and which way that is. */
const measures = { "MiB/s": 1, "CPU s/GiB": -1, "peak RSS MiB": -1, "all of it, kB": -1 };

/** Every number in which a peer is better than we are. */
function losses(kept) {
	const places = { ...networks, "peers-bundles": "bundle of a page" };
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

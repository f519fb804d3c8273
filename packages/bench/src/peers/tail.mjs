import { makeBigFile } from "../big-file.mjs";
import { median } from "../median.mjs";
import { startSink } from "../sink/start.mjs";
import { competitors } from "./competitors.mjs";
import { uploadTo } from "./race.mjs";

/** Bytes that may be sent in vain, as a share of the file. */
const mostExtra = 0.05;
const line = { bytesPerSecond: 20_000_000, roundTrip: 50 };
const straggler = { partNumber: 7, bytesPerSecond: 200_000 };
const chosen = ["skyput, checksum: false", "skyput, checksum: true", "lib-storage"];
const ours = chosen.filter((name) => competitors[name].ours);

export const title = "Node: one connection of 200 kB/s among those of 20 MB/s";

export async function run({ quick }) {
	const names = quick ? ours : chosen;
	const mebibytes = 160;
	const turns = await race({ mebibytes, names, rounds: quick ? 1 : 3 });
	const rows = names.map((name) => rowOf(name, turns));
	const most = (pick) => Math.max(...turns.flatMap((turn) => ours.map((name) => pick(turn[name]))));
	const targets = [
		...ours.map((name) => ({
			name: `${name}, with a straggler`,
			value: median(ratiosOf(turns, name)),
			atMost: 2,
			unit: "x the time without",
		})),
		{
			name: "sent in vain without a straggler",
			value: most(({ clean }) => clean.extra),
			atMost: 0,
			unit: "% of the file",
		},
		{
			name: "sent in vain with a straggler",
			value: most(({ slow }) => slow.extra),
			atMost: 100 * mostExtra,
			unit: "% of the file",
		},
	];
	return { rows, targets };
}

export function charts({ rows }) {
	const bars = (column) =>
		rows.map((row) => {
			const [name] = Object.values(row);
			return { name, value: row[column], ours: competitors[name].ours };
		});
	const groups = [
		{ name: "Time with a straggler as a ratio to without, less is better", bars: bars("ratio") },
	];
	return [{ title, groups }];
}

/** Interleaved rounds; each competitor uploads over both lines in turn. */
async function race({ mebibytes, names, rounds }) {
	const file = await makeBigFile(mebibytes);
	const sinks = [];
	try {
		for (const options of [{ line }, { line: { ...line, straggler } }]) {
			sinks.push(await startSink(options));
		}
		const [clean, slow] = sinks;
		const upload = async (sink, name) => {
			// what lib-storage sends in vain is its own affair
			const mostBytes = competitors[name].ours ? file.size * (1 + mostExtra) : Infinity;
			const result = await uploadTo(sink, competitors[name], file, { mostBytes });
			return { ...result, extra: (100 * (result.received.bytes - file.size)) / file.size };
		};
		// warms up
		await upload(clean, names[0]);
		const turns = [];
		for (let round = 0; round < rounds; round++) {
			const turn = {};
			for (const place of names.keys()) {
				const name = names[(place + round) % names.length];
				turn[name] = { clean: await upload(clean, name), slow: await upload(slow, name) };
			}
			turns.push(turn);
		}
		return turns;
	} finally {
		for (const sink of sinks) await sink.close();
		await file.remove();
	}
}

/** How many times as long the upload took with a straggler, per round. */
function ratiosOf(turns, name) {
	return turns.map(({ [name]: { clean, slow } }) => slow.seconds / clean.seconds);
}

function rowOf(name, turns) {
	const over = (pick) => median(turns.map((turn) => pick(turn[name])));
	const ratios = ratiosOf(turns, name);
	return {
		[`160 MiB in 10 parts, medians of ${turns.length}`]: name,
		"seconds without": over(({ clean }) => clean.seconds),
		"seconds with": over(({ slow }) => slow.seconds),
		ratio: median(ratios),
		lowest: Math.min(...ratios),
		highest: Math.max(...ratios),
		"sent in vain without %": Math.max(...turns.map((turn) => turn[name].clean.extra)),
		"sent in vain with %": Math.max(...turns.map((turn) => turn[name].slow.extra)),
	};
}

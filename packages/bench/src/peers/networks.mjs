import { median } from "../median.mjs";
import { competitors } from "./competitors.mjs";
import { race } from "./race.mjs";
import { requestTargets } from "./request-targets.mjs";

const names = Object.keys(competitors);
const [peer, unchecked, checked, sdk] = names;

/** @returns {import("../main.mjs").Benchmark} */
function compare({ title, mebibytes, quickMebibytes, rounds, sink = {}, targets }) {
	return {
		title,
		run: async ({ quick }) => {
			const options = quick
				? { mebibytes: quickMebibytes, rounds: 1, sink }
				: { mebibytes, rounds, sink };
			const measured = await race(options);
			return { rows: names.map((name) => rowOf(name, measured)), targets: targets(measured) };
		},
		charts: ({ rows }) => [{ title, groups: groupsOf(rows) }],
	};
}

function rowOf(name, { turns, mebibytes }) {
	const over = (pick) => median(turns.map((turn) => pick(turn[name])));
	const ratios = ratiosOf(turns, name, peer);
	const [{ received }] = turns.map((turn) => turn[name]);
	const size = mebibytes < 1024 ? `${mebibytes} MiB` : `${mebibytes / 1024} GiB`;
	const heading = `${size}, medians of ${turns.length}`;
	return {
		[heading]: name,
		"MiB/s": over(({ seconds }) => mebibytes / seconds),
		"ratio to curl": median(ratios),
		lowest: Math.min(...ratios),
		highest: Math.max(...ratios),
		"CPU s/GiB": over(({ cpuSeconds }) => (cpuSeconds * 1024) / mebibytes),
		"peak RSS MiB": Math.max(...turns.map((turn) => turn[name].peakMiB)),
		PUTs: received.requests.data,
		"control calls": received.requests.control,
		"before the 1st byte": received.requests.controlBeforeData,
		// near 100, the sink is the bottleneck
		"sink busy %": over(({ received, seconds }) => (100 * received.cpuSeconds) / seconds),
	};
}

/** The ratio of two speeds, per round: the speed of a machine drifts. */
function ratiosOf(turns, name, other) {
	return turns.map((turn) => turn[other].seconds / turn[name].seconds);
}

function groupsOf(rows) {
	const bars = (column, range = () => ({})) =>
		rows.map((row) => {
			const [name] = Object.values(row);
			return { name, value: row[column], ours: competitors[name].ours, ...range(row) };
		});
	return [
		{
			name: "Speed as a ratio to curl -T, more is better; lines from the lowest to the highest round",
			bars: bars("ratio to curl", ({ lowest, highest }) => ({ low: lowest, high: highest })),
		},
		{
			name: "Processor time of the client, seconds per GiB, less is better",
			bars: bars("CPU s/GiB"),
		},
		{
			name: "Peak of the client's resident memory, MiB, less is better",
			bars: bars("peak RSS MiB"),
		},
	];
}

const speed = ({ turns }, name, other, atLeast) => ({
	name: `${name}, against ${other}`,
	value: median(ratiosOf(turns, name, other)),
	atLeast,
	unit: "x the speed",
});

const processorTime = ({ turns }, name, other, atMost) => ({
	name: `${name}, against ${other}`,
	value: median(turns.map((turn) => turn[name].cpuSeconds / turn[other].cpuSeconds)),
	atMost,
	unit: "of the processor time",
});

const memory = ({ turns }) => ({
	name: "highest peak of memory",
	value: Math.max(
		...turns.flatMap((turn) => [unchecked, checked].map((name) => turn[name].peakMiB)),
	),
	atMost: 110,
	unit: "MiB",
});

const requests = ({ turns: [turn] }) => requestTargets(turn[checked].received.requests);

export const plain = compare({
	title: "Node against peers: HTTP on one machine",
	// with half of that the start of the programs would dominate
	mebibytes: 4096,
	quickMebibytes: 128,
	rounds: 5,
	targets: (measured) => [
		speed(measured, unchecked, peer, 1),
		speed(measured, checked, peer, 0.75),
		memory(measured),
		...requests(measured),
	],
});

export const tls = compare({
	title: "Node against peers: HTTPS on one machine",
	mebibytes: 1024,
	quickMebibytes: 128,
	rounds: 5,
	sink: { secure: true },
	targets: (measured) => [
		speed(measured, unchecked, peer, 0.8),
		speed(measured, checked, peer, 0.75),
		...[unchecked, checked].flatMap((name) => [
			speed(measured, name, sdk, 3),
			processorTime(measured, name, sdk, 0.25),
		]),
		memory(measured),
	],
});

export const line = compare({
	title: "Node against peers: 20 MB/s per connection and 50 ms to every answer",
	mebibytes: 256,
	quickMebibytes: 64,
	rounds: 3,
	sink: { line: { bytesPerSecond: 20_000_000, roundTrip: 50 } },
	targets: requests,
});

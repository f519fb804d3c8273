import { median } from "../median.mjs";
import { competitors, withDefaults, withHosts } from "./competitors.mjs";
import { missing } from "./open-browser.mjs";
import { barsOf, nameOf } from "./rows.mjs";
import { uploadOnce, withTestBed } from "./test-bed.mjs";

const mebibyte = 1024 * 1024;
const allNames = Object.keys(competitors);
const [uppy] = allNames;
const [unchecked, checked] = withDefaults.filter((name) => name.startsWith("skyput"));
const largeParts = "skyput, parts of 50 MiB";
/** Ours also runs with the parts of better-upload, which shows what the size of the parts makes. */
const onOneMachine = {
	names: [...withDefaults, largeParts],
	mebibytes: 512,
	// medians of 7 rounds differ by 5% from run to run
	rounds: 15,
};
/** Ratios in the same round. */
const compared = [
	[unchecked, "better-upload", 0.95],
	[largeParts, "better-upload", 0.95],
	[checked, unchecked, 0.85],
];

export const plain = overLink({
	title: "Chromium against peers: HTTP on one machine",
	link: {},
	...onOneMachine,
	compared,
});

export const tls = overLink({
	title: "Chromium against peers: HTTPS on one machine",
	link: { secure: true },
	...onOneMachine,
	compared,
});

/** The part size matters here, so Uppy also runs with ours. */
export const line = overLink({
	title: "Chromium against peers: 20 MB/s per connection and 50 ms to every answer",
	link: { line: { bytesPerSecond: 20_000_000, roundTrip: 50 } },
	mebibytes: 256,
	names: allNames,
	wanted: { [unchecked]: 5, [checked]: 4 },
	compared,
});

/** A browser opens six connections to a name. 72 parts are whole rounds of six and of twelve. */
export const hosts = overLink({
	title: "Chromium: one host name and two, 3 MB/s per connection and 50 ms to every answer",
	link: { line: { bytesPerSecond: 3_000_000, roundTrip: 50 } },
	mebibytes: 1152,
	names: Object.keys(withHosts),
	rounds: 3,
	peer: "better-upload",
	wanted: { "skyput, two host names": 1.7 },
	compared: [["skyput, two host names", "skyput, one host name", 1.8]],
});

/** @returns {import("../main.mjs").Benchmark} */
function overLink(options) {
	const { title, link, mebibytes, names, wanted = {}, compared = [], peer = uppy } = options;
	const { rounds = 7 } = options;
	const ratio = `ratio to ${peer}`;
	// what the default part sizes are good for is known
	const quickNames = names.filter((name) => !name.includes("parts of"));
	const run = async ({ quick }) => {
		// Uppy uses multipart above 100 MiB
		const measured = quick
			? await race({ link, mebibytes: 104, names: quickNames, rounds: 1 })
			: await race({ link, mebibytes, names, rounds });
		const rows = Object.keys(measured[0]).map((name) => summarize(measured, name, peer));
		const targets = Object.entries(wanted).map(([name, atLeast]) => ({
			name,
			value: rows.find((row) => nameOf(row) === name)[ratio],
			atLeast,
			unit: `x the speed of ${peer}`,
		}));
		for (const [name, other, atLeast] of compared.filter(([name]) => name in measured[0])) {
			const value = median(ratiosOf(measured, name, other));
			targets.push({ name, value, atLeast, unit: `x the speed of ${other}` });
		}
		return { rows, targets };
	};
	return { title, missing, run, charts: (result) => [chart(title, result, peer)] };
}

/** Interleaved rounds, starting with another competitor each time. */
async function race({ link, mebibytes, names, rounds }) {
	return await withTestBed(link, mebibytes, async (testBed) => {
		// warms up the servers
		if (rounds > 1) await uploadOnce(testBed, names.at(-1));
		const measured = [];
		for (let round = 0; round < rounds; round++) {
			const turn = Object.fromEntries(names.map((name) => [name, undefined]));
			for (let place = 0; place < names.length; place++) {
				const name = names[(place + round) % names.length];
				turn[name] = await uploadOnce(testBed, name);
			}
			measured.push(turn);
		}
		return measured;
	});
}

/** Compared per round: the speed of a machine drifts. */
function ratiosOf(measured, name, other) {
	return measured.map((turn) => turn[other].seconds / turn[name].seconds);
}

function summarize(measured, name, peer) {
	const [{ bytes }] = measured.map((turn) => turn[name].received);
	const over = (pick) => median(measured.map((turn) => pick(turn[name])));
	const ratios = ratiosOf(measured, name, peer);
	return {
		[`${bytes / mebibyte} MiB, medians of ${measured.length}`]: name,
		"MiB/s": over(({ seconds }) => bytes / mebibyte / seconds),
		[`ratio to ${peer}`]: median(ratios),
		lowest: Math.min(...ratios),
		highest: Math.max(...ratios),
		"CPU s/GiB": over(({ cpuSeconds }) => (cpuSeconds * 1024 * mebibyte) / bytes),
		// near 100, the sink is the bottleneck
		"sink busy %": over(({ received, seconds }) => (100 * received.cpuSeconds) / seconds),
	};
}

function chart(title, { rows }, peer) {
	return {
		title,
		groups: [
			{
				name: `Speed as a ratio to ${peer}, more is better; lines from the lowest to the highest round`,
				bars: barsOf(rows, ({ [`ratio to ${peer}`]: value, lowest: low, highest: high }) => ({
					value,
					low,
					high,
				})),
			},
			{
				name: "Processor time of the whole browser, seconds per GiB, less is better",
				bars: barsOf(rows, (row) => ({ value: row["CPU s/GiB"] })),
			},
		],
	};
}

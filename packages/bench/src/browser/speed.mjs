import { median } from "../median.mjs";
import { competitors, withDefaults } from "./competitors.mjs";
import { missing } from "./open-browser.mjs";
import { barsOf, nameOf } from "./rows.mjs";
import { uploadOnce, withTestBed } from "./test-bed.mjs";

const mebibyte = 1024 * 1024;
const allNames = Object.keys(competitors);
const [peer] = allNames;

export const plain = overLink({
	title: "Chromium against peers: HTTP on one machine",
	link: {},
	mebibytes: 512,
	names: withDefaults,
});

export const tls = overLink({
	title: "Chromium against peers: HTTPS on one machine",
	link: { secure: true },
	mebibytes: 512,
	names: withDefaults,
});

/** The part size matters here, so Uppy also runs with ours. */
export const line = overLink({
	title: "Chromium against peers: 20 MB/s per connection and 50 ms to every answer",
	link: { line: { bytesPerSecond: 20_000_000, roundTrip: 50 } },
	mebibytes: 256,
	names: allNames,
	wanted: { "skyput, checksum: false": 5, "skyput, checksum: true": 4 },
});

/** @returns {import("../main.mjs").Benchmark} */
function overLink({ title, link, mebibytes, names, wanted = {} }) {
	const run = async ({ quick }) => {
		// Uppy uses multipart above 100 MiB
		const measured = quick
			? await race({ link, mebibytes: 104, names: withDefaults, rounds: 1 })
			: await race({ link, mebibytes, names, rounds: 3 });
		const rows = Object.keys(measured[0]).map((name) => summarize(measured, name));
		const targets = Object.entries(wanted).map(([name, atLeast]) => ({
			name,
			value: rows.find((row) => nameOf(row) === name)[ratio],
			atLeast,
			unit: "x the speed of Uppy",
		}));
		return { rows, targets };
	};
	return { title, missing, run, charts: (result) => [chart(title, result)] };
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

const ratio = "ratio to Uppy";

function summarize(measured, name) {
	const [{ bytes }] = measured.map((turn) => turn[name].received);
	const over = (pick) => median(measured.map((turn) => pick(turn[name])));
	// compared per round: the speed of a machine drifts
	const ratios = measured.map((turn) => turn[peer].seconds / turn[name].seconds);
	return {
		[`${bytes / mebibyte} MiB, medians of ${measured.length}`]: name,
		"MiB/s": over(({ seconds }) => bytes / mebibyte / seconds),
		[ratio]: median(ratios),
		lowest: Math.min(...ratios),
		highest: Math.max(...ratios),
		"CPU s/GiB": over(({ cpuSeconds }) => (cpuSeconds * 1024 * mebibyte) / bytes),
		// near 100, the sink is the bottleneck
		"sink busy %": over(({ received, seconds }) => (100 * received.cpuSeconds) / seconds),
	};
}

function chart(title, { rows }) {
	return {
		title,
		groups: [
			{
				name: "Speed as a ratio to Uppy, more is better; lines from the lowest to the highest round",
				bars: barsOf(rows, ({ [ratio]: value, lowest: low, highest: high }) => ({
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

import { fileURLToPath } from "node:url";
import { makeBigFile } from "./big-file.mjs";
import { median } from "./median.mjs";
import { undisturbed } from "./quiet.mjs";
import { startSink } from "./sink/start.mjs";
import { timed } from "./timed.mjs";

export const title = "Node: a file over loopback HTTP, 4 parts in flight, against curl -T";

const program = fileURLToPath(new URL("./node-client.mjs", import.meta.url));
const gibibyte = 1024 ** 3;

const upload = (checksum) => async (sink, file) => {
	const { stdout, cpuSeconds } = await timed(process.execPath, [
		program,
		`${sink.origin}/uploads`,
		file.path,
		checksum ? "on" : "off",
	]);
	const received = await sink.take();
	const wanted = [{ size: file.size, checksum: checksum ? file.crc32 : undefined }];
	assertEqual(
		received.completed.map(({ size, checksum }) => ({ size, checksum })),
		wanted,
	);
	return { ...JSON.parse(stdout), cpuSeconds, received };
};

/** The first is the baseline. */
const competitors = {
	"curl -T": async (sink, file) => {
		// -q: ignore the user's configuration
		const words = [
			"-q",
			"-sS",
			"--fail",
			"--noproxy",
			"*",
			"-o",
			"/dev/null",
			"-w",
			"%{time_total}",
		];
		const { stdout, cpuSeconds } = await timed("curl", [
			...words,
			"-T",
			file.path,
			`${sink.origin}/object`,
		]);
		return { seconds: Number(stdout), cpuSeconds, received: await sink.take() };
	},
	"skyput, checksum: false": upload(false),
	"skyput, checksum: true": upload(true),
};
const [peer] = Object.keys(competitors);

export async function run({ quick }) {
	const rounds = quick ? 2 : 5;
	const file = await makeBigFile(quick ? 256 : 2048);
	try {
		const sink = await startSink();
		try {
			return summarize(await race(sink, file, rounds), file.size / gibibyte);
		} finally {
			await sink.close();
		}
	} finally {
		await file.remove();
	}
}

/** Interleaved rounds, each competitor in a new process, starting with another one each time. */
async function race(sink, file, rounds) {
	const names = Object.keys(competitors);
	const measured = [];
	// the first round warms up the sink
	for (let round = -1; round < rounds; round++) {
		const turn = {};
		for (let place = 0; place < names.length; place++) {
			const name = names[(place + round + names.length) % names.length];
			const result = await undisturbed(
				() => competitors[name](sink, file),
				({ cpuSeconds, received }) => cpuSeconds + received.cpuSeconds,
			);
			assertEqual(result.received.bytes, file.size);
			turn[name] = result;
		}
		if (round >= 0) measured.push(turn);
	}
	return measured;
}

function summarize(measured, gibibytes) {
	const rows = Object.keys(competitors).map((name) => {
		const over = (pick) => median(measured.map((turn) => pick(turn[name])));
		// compared per round: the speed of a machine drifts
		const ratios = measured.map((turn) => turn[peer].seconds / turn[name].seconds);
		const peaks = measured.flatMap((turn) => turn[name].peakMiB ?? []);
		return {
			"medians of the rounds": name,
			"MiB/s": over(({ seconds }) => (gibibytes * 1024) / seconds),
			"ratio to curl": median(ratios),
			lowest: Math.min(...ratios),
			highest: Math.max(...ratios),
			disturbed: measured.filter((turn) => turn[name].disturbed || turn[peer].disturbed).length,
			"CPU s/GiB": over(({ cpuSeconds }) => cpuSeconds / gibibytes),
			"peak RSS MiB": peaks.length > 0 ? Math.max(...peaks) : undefined,
			// near 100, the sink is the bottleneck
			"sink busy %": over(({ received, seconds }) => (100 * received.cpuSeconds) / seconds),
		};
	});
	const [, plain, checked] = rows;
	const unit = "x the speed of curl -T";
	return {
		rows,
		targets: [
			{ name: "checksum: false", value: plain["ratio to curl"], atLeast: 1, unit },
			{ name: "checksum: true", value: checked["ratio to curl"], atLeast: 0.75, unit },
			{
				name: "highest peak RSS",
				value: Math.max(plain["peak RSS MiB"], checked["peak RSS MiB"]),
				atMost: 110,
				unit: "MiB",
			},
		],
	};
}

/** @throws {Error} when the sink received anything other than the file */
function assertEqual(received, sent) {
	if (JSON.stringify(received) === JSON.stringify(sent)) return;
	throw new Error(`The sink has ${JSON.stringify(received)} instead of ${JSON.stringify(sent)}.`);
}

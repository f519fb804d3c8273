import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSink } from "../sink/start.mjs";
import { competitors } from "./competitors.mjs";
import { uploadTo } from "./race.mjs";
import { requestTargets } from "./request-targets.mjs";

export const title = "Node: memory for a sparse file, checksum: false";

const competitor = competitors["skyput, checksum: false"];

export async function run({ quick }) {
	const rows = [];
	const targets = [];
	const sink = await startSink();
	try {
		for (const gibibytes of quick ? [0.25, 1] : [2, 20]) {
			const { peakMiB, seconds, received } = await uploadSparse(sink, gibibytes);
			const { data, control } = received.requests;
			const file = `${gibibytes} GiB`;
			rows.push({
				file,
				"peak RSS MiB": peakMiB,
				"MiB/s": (gibibytes * 1024) / seconds,
				PUTs: data,
				"control calls": control,
			});
			targets.push(
				{ name: `peak of memory, ${file}`, value: peakMiB, atMost: 110, unit: "MiB" },
				...requestTargets(received.requests),
			);
		}
	} finally {
		await sink.close();
	}
	return { rows, targets };
}

/** A sparse file: zeros that take no disk space. */
async function uploadSparse(sink, gibibytes) {
	const folder = await mkdtemp(join(tmpdir(), "skyput-sparse-"));
	try {
		const path = join(folder, "file.bin");
		const size = gibibytes * 1024 ** 3;
		const file = await open(path, "w");
		try {
			await file.truncate(size);
		} finally {
			await file.close();
		}
		return await uploadTo(sink, competitor, { path, size });
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

/** @type {import("../main.mjs").Benchmark["charts"]} */
export const charts = ({ rows }) => [
	{
		title: "Node: memory of an upload",
		groups: [
			{
				name: "Peak of the client's resident memory, MiB, by the size of the file",
				bars: rows.map((row) => ({ name: row.file, value: row["peak RSS MiB"], ours: true })),
			},
		],
	},
];

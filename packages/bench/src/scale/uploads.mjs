// Uploads of many parts in a process of its own. Usage: node --expose-gc uploads.mjs PARTS UPLOADS
import { assertEqual, createCountingClient, measureHeap } from "./counting-client.mjs";

const partSize = 5 * 1024 ** 3;
/** Parts between two memory samples. */
const interval = 500;

const [parts, uploads] = process.argv.slice(2).map(Number);

let sent = 0;
let watching = false;
let liveBytes = 0;

async function look() {
	if (watching) liveBytes = Math.max(liveBytes, await measureHeap());
}

const client = createCountingClient({
	partSize: "5 GiB",
	async onPart() {
		if (++sent % interval === 0) await look();
	},
	onCommit: look,
});

async function upload(count, partCount) {
	for (let number = 0; number < count; number++) {
		sent = 0;
		const size = partCount * partSize;
		assertEqual((await client.uploadFile({ size }, `films/${number}`)).size, size);
		assertEqual(sent, partCount);
	}
}

// the first uploads warm up the compiler
await upload(50, 100);
const before = process.cpuUsage();
await upload(uploads, parts);
const { user, system } = process.cpuUsage(before);
watching = true;
await upload(1, parts);
console.log(
	JSON.stringify({
		microsecondsPerPart: (user + system) / (uploads * parts),
		liveMiB: liveBytes / 1024 ** 2,
	}),
);

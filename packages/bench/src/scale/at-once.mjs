// Many uploads of one client at once, in a process of its own. Usage: node --expose-gc at-once.mjs UPLOADS ROUNDS
import { assertEqual, createCountingClient, measureHeap } from "./counting-client.mjs";

const partCount = 10;
const size = partCount * 5 * 1024 ** 2;

const [count, rounds] = process.argv.slice(2).map(Number);

let created = 0;
let sent = 0;
/** Called when all uploads have begun. */
let onAllCreated = () => {};
/** Called after each part. */
let watch = async () => {};
let warnings = 0;
process.on("warning", () => warnings++);

const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

const client = createCountingClient({
	partSize: "5 MiB",
	multipartThreshold: 0,
	onCreate() {
		if (++created === count) onAllCreated();
	},
	async onPart() {
		sent++;
		await watch();
	},
});

/** Begins all uploads in one turn of the event loop. */
async function upload(uploads) {
	sent = 0;
	const running = Array.from({ length: uploads }, (_, number) =>
		client.uploadFile({ size }, `films/${number}`),
	);
	for (const result of await Promise.all(running)) assertEqual(result.size, size);
	assertEqual(sent, uploads * partCount);
}

// the first uploads warm up the compiler
for (let round = 0; round < 10; round++) await upload(100);
const timersBefore = timers();
const heapBefore = await measureHeap();
const before = process.cpuUsage();
for (let round = 0; round < rounds; round++) await upload(count);
const { user, system } = process.cpuUsage(before);
const heapAfter = await measureHeap();
// all uploads have begun and none has ended then: one that waits for its first call holds less
created = 0;
const heapAtOnce = new Promise((resolve) => {
	onAllCreated = () => resolve(measureHeap());
});
watch = () => heapAtOnce;
await upload(count);
// timers of uploads that ended may still be closing
await new Promise(setImmediate);
console.log(
	JSON.stringify({
		microsecondsPerPart: (user + system) / (rounds * count * partCount),
		kilobytesPerUpload: ((await heapAtOnce) - heapAfter) / 1_000 / count,
		heapLeftMiB: (heapAfter - heapBefore) / 1024 ** 2,
		timersLeft: timers() - timersBefore,
		warnings,
	}),
);

import { expect, it } from "vitest";
import { createStreamReader } from "../../src/multipart/stream-reader.js";

const { signal } = new AbortController();

it("leaves other tasks their turn every few milliseconds, also where the next bytes are always there", async () => {
	let turns = 0;
	let ticking = setImmediate(function tick() {
		turns++;
		ticking = setImmediate(tick);
	});
	const seen: number[] = [];
	const source = async function* (): AsyncGenerator<Uint8Array> {
		for (let chunk = 0; chunk < 50; chunk++) {
			const began = performance.now();
			while (performance.now() - began < 3);
			seen.push(turns);
			yield new Uint8Array(1_000);
		}
	};
	expect(await createStreamReader(source()).fill(new Uint8Array(60_000), signal)).toBe(50_000);
	clearImmediate(ticking);
	expect(new Set(seen).size).toBeGreaterThan(10);
});

it.each([
	["detached", (chunk: Uint8Array<ArrayBuffer>) => void chunk.buffer.transfer()],
	["cut off", (chunk: Uint8Array<ArrayBuffer>) => chunk.buffer.resize(0)],
])(
	"refuses a chunk that was %s before it was read: its bytes would be missing",
	async (_, spoil) => {
		const chunk = new Uint8Array(new ArrayBuffer(8, { maxByteLength: 8 }), 0, 8);
		const source = async function* (): AsyncGenerator<Uint8Array> {
			spoil(chunk);
			yield chunk;
		};
		const reading = createStreamReader(source()).fill(new Uint8Array(10), signal);
		await expect(reading).rejects.toMatchObject({ code: "invalid-request" });
	},
);

it.each([
	[new Error("EBADF: bad file descriptor, read"), "EBADF: bad file descriptor, read"],
	[new Error("403 of https://films.test/a?X-Amz-Signature=f00"), "403 of https://films.test"],
	["a text", "a text"],
	[undefined, "undefined"],
])("says why a stream failed with %s, and shows no signed URL", async (cause, words) => {
	// biome-ignore lint/correctness/useYield: it fails before the first chunk
	const source = async function* (): AsyncGenerator<Uint8Array> {
		throw cause;
	};
	const reading = createStreamReader(source()).fill(new Uint8Array(10), signal);
	await expect(reading).rejects.toMatchObject({
		code: "invalid-request",
		message: `The stream failed: ${words}`,
		cause,
	});
});

import { randomBytes } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clamd, eicar, startClamd } from "../../../../../tools/start-clamd.js";
import { runSteps, type StepsResult } from "../../../src/events/run-steps.js";
import { clamav } from "../../../src/events/steps/clamav.js";
import type { ClamavOptions } from "../../../src/events/steps/clamav-options.js";
import { tar, type ZipMember, zip } from "../../support/archives.js";
import { type Content, serveObject } from "../../support/range-server.js";

// small limits, so that little has to be sent
const mib = 2 ** 20;
const limits = {
	StreamMaxLength: "8M",
	MaxFileSize: "4M",
	MaxScanSize: "64M",
	MaxRecursion: "8",
	MaxFiles: "50",
};
const options = {
	maxStreamSize: "8 MiB",
	maxFileSize: "4 MiB",
	maxScanSize: "64 MiB",
	maxRecursion: 8,
	maxFiles: 50,
	maxAge: false,
} as const satisfies Partial<ClamavOptions>;

let clamd: Clamd;
beforeAll(async () => {
	clamd = await startClamd(limits);
});
afterAll(() => clamd.close());

const step = (extra: Partial<ClamavOptions> = {}) =>
	clamav({ host: clamd.host, port: clamd.port, ...options, ...extra });
const look = async (content: Content, extra?: Partial<ClamavOptions>): Promise<StepsResult> =>
	runSteps([step(extra)], await serveObject(content));
const short = ({ verdict, reason }: StepsResult): string => `${verdict} ${reason ?? ""}`.trim();

const bad: ZipMember = { name: "eicar.com", data: Buffer.from(eicar) };
const noise = randomBytes(mib);
const behind = Buffer.concat([new Uint8Array(4 * mib), Buffer.from(eicar)]);
/** GNU tar skips two blocks behind the pipe and finds a member; others find one file more, and none in it. */
const skipped = tar([
	{
		name: "pipe",
		type: "6",
		data: Buffer.concat([
			tar([{ name: "cover", data: Buffer.alloc(1536) }]).subarray(0, 512),
			Buffer.alloc(512, "x"),
		]),
	},
	{ name: "hidden", data: Buffer.alloc(512, "x") },
]);
const nested = (depth: number): Buffer => {
	let bytes: Buffer = randomBytes(16);
	for (let i = 0; i < depth; i++) bytes = zip([{ name: "inner.zip", data: bytes }]);
	return bytes;
};

test.each([
	["a file", Buffer.from("just text")],
	["an empty file", Buffer.alloc(0)],
	["a file of the largest size", randomBytes(4 * mib)],
	["a zip", zip([{ name: "noise", data: noise }])],
	["a member of the largest size", zip([{ name: "zeros", data: new Uint8Array(4 * mib) }])],
	["archives as deep as clamd reads", nested(7)],
	["a symlink, which harms no scanner", zip([{ name: "link", data: noise, mode: 0o120777 }])],
])("Clean: %s", async (_name, bytes) => {
	const result = await look(bytes);
	expect(`${short(result)} ${result.detail ?? ""}`).toBe("clean ");
	expect(result.facts.clamav).toMatch(/^ClamAV \d/);
});

test.each([
	["a file", Buffer.from(eicar)],
	["the end of a file", Buffer.concat([noise, Buffer.from(eicar)])],
	["a zip in a zip", zip([{ name: "inner.zip", data: zip([bad]) }])],
	["a tar.gz", gzipSync(tar([{ name: "a", data: Buffer.from(eicar) }]))],
	["a zip with an encrypted member", zip([bad, { name: "b", data: noise, flags: 1 }])],
	["a zip with a directory that lies", zip([bad], { stated: 3 })],
])("Infected: EICAR in %s", async (_name, bytes) => {
	const result = await look(bytes);
	expect(short(result)).toBe("infected malware");
	expect(result.facts.clamavFound).toBe("Skyput.Eicar.UNOFFICIAL");
});

test.each([
	[
		"EICAR behind the size that clamd reads of a member",
		zip([{ name: "a", data: behind }]),
		"archive-limit",
	],
	[
		"the same, with a size that is a lie",
		zip([{ name: "a", data: behind, claims: { unpacked: 9 } }]),
		"archive-limit",
	],
	[
		"the same in a zip in a zip",
		zip([{ name: "i", data: zip([{ name: "a", data: behind }]) }]),
		"archive-limit",
	],
	[
		"the same in a zip in a tar.gz",
		gzipSync(tar([{ name: "i", data: zip([{ name: "a", data: behind }]) }])),
		"archive-limit",
	],
	["EICAR behind the size that clamd reads", behind, "scan-limit"],
	["EICAR in a zip of method 14", zip([{ ...bad, method: 14, packed: noise }]), "archive-format"],
	["EICAR in a zip without its directory", zip([{ ...bad }], { truncated: true }), null],
	["an encrypted zip", zip([{ name: "a", data: noise, flags: 1 }]), "encrypted"],
	[
		"a zip bomb",
		zip(Array.from({ length: 17 }, (_, i) => ({ name: `${i}`, data: new Uint8Array(4 * mib) }))),
		null,
	],
	[
		"a zip with too many members",
		zip(Array.from({ length: 51 }, (_, i) => ({ name: `${i}` }))),
		null,
	],
	["archives in each other", nested(8), null],
	["a pipe in a tar that states a size", skipped, "unreadable-archive"],
	["7z", Buffer.concat([Buffer.from("377abcaf271c", "hex"), noise]), "archive-format"],
] as const)("Unscannable: %s", async (_name, bytes, reason) => {
	const result = await look(bytes);
	expect(result.verdict, short(result)).toBe("unscannable");
	if (reason !== null) expect(result.reason).toBe(reason);
});

test("Other archives may be left to clamd", async () => {
	const xz = Buffer.concat([Buffer.from("fd377a585a00", "hex"), noise]);
	expect(short(await look(xz, { otherArchives: "scan" }))).toBe("clean");
	// EICAR in it is found by those who unpack it, and not by clamd; letters are packed where there are many
	const letters = [...randomBytes(5_000)].map((byte) => eicar[byte % eicar.length]);
	const zstd = zstdCompressSync(`${letters.join("")}${eicar}`);
	expect(zstd.includes(eicar)).toBe(false);
	expect(short(await look(zstd, { otherArchives: "scan" }))).toBe("unscannable archive-format");
});

test("A file beyond clamd's limits is not read: 6 GB are unscannable at once", async () => {
	const read = (start: number, end: number) => new Uint8Array(end - start);
	const result = await look({ size: 6e9, read });
	expect(short(result)).toBe("unscannable scan-limit");
	expect(result.bytesRead).toBe(0);
});

test.each([
	["maxFileSize is more than clamd reads", { maxFileSize: "5 MiB" }, /MaxFileSize/],
	["maxRecursion is less than clamd reads", { maxRecursion: 6 }, /MaxRecursion/],
] as const)("Where %s, nothing is clean", async (_name, extra, detail) => {
	const result = await look(noise, extra);
	expect(short(result)).toBe("failed scanner-misconfigured");
	expect(result.detail).toMatch(detail);
});

test.each([["AlertExceedsMax"], ["AlertEncrypted"]])(
	"Without %s, nothing is clean",
	async (name) => {
		const other = await startClamd({ ...limits, [name]: "no" });
		try {
			const result = await look(noise, { port: other.port });
			expect(short(result)).toBe("failed scanner-misconfigured");
			expect(result.detail).toContain(name);
		} finally {
			await other.close();
		}
	},
);

test("Without a date of its signatures, nothing is clean unless any age will do", async () => {
	const result = await look(noise, { maxAge: 7 });
	expect(short(result)).toBe("failed scanner-outdated");
	expect(result.detail).toMatch(/maxAge.*freshclam/);
});

test("A stream that is longer than clamd takes is unscannable", async () => {
	const limit = { maxStreamSize: "16 MiB", maxFileSize: "16 MiB" } as const;
	const other = await startClamd({ ...limits, MaxFileSize: "16M", StreamMaxLength: "1M" });
	try {
		// the answer may be lost when clamd closes first; it is never clean
		const result = await look(randomBytes(8 * mib), { ...limit, port: other.port });
		expect(["unscannable scan-limit", "failed scanner-unavailable"]).toContain(short(result));
	} finally {
		await other.close();
	}
});

test("A clamd that ends during a scan leaves it failed, and the next one clean", async () => {
	const other = await startClamd(limits);
	const mine = step({ port: other.port });
	const scan = async (content: Content) => runSteps([mine], await serveObject(content));
	try {
		expect(short(await scan(noise))).toBe("clean");
		let killed: Promise<void> | undefined;
		const read = (start: number, end: number) => {
			if (start > 2 * mib) killed ??= other.close();
			return new Uint8Array(end - start);
		};
		const result = await scan({ size: 4 * mib, read });
		await killed;
		expect(short(result)).toBe("failed scanner-unavailable");
		expect(result.detail).toMatch(/^clamd at 127\.0\.0\.1:\d+ /);
	} finally {
		await other.close();
	}
});

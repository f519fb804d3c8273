import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { UploadError } from "../../src/errors.js";
import type { Progress, UploadFileOptions } from "../../src/options.js";
import type { Upload } from "../../src/public-types.js";
import type { ResumeStore } from "../../src/resume-store.js";
import { createClientFor } from "../fakes/client.js";
import { createFakeCloud, type FakeCloud, type Run } from "../fakes/cloud.js";
import { type Answers, problem, windowOf } from "../fakes/endpoint.js";
import {
	crcOf,
	createFakePlatform,
	createMemoryStore,
	type MemoryStore,
	refusal,
} from "../fakes/platform.js";
import { bytes, eventually, failureOf, receiptsOf } from "../fakes/values.js";

const file = bytes(95);
const whole = { algorithm: "crc32", value: crcOf(file) };

let cloud: FakeCloud;
let store: MemoryStore;

beforeEach(() => {
	vi.spyOn(Math, "random").mockReturnValue(0);
	cloud = createFakeCloud(file.length);
	store = createMemoryStore();
});
afterEach(() => void vi.useRealTimers());

type Changes = Partial<UploadFileOptions> & { readonly file?: Uint8Array; readonly key?: string };

function upload(
	run: Run,
	{ file: input = file, key = "films/a", ...changes }: Changes = {},
): Upload {
	return createClientFor(run.platform).uploadFile(input as never, key, {
		...run.options,
		multipartThreshold: 1,
		concurrency: 1,
		retry: { networkLimit: 0 },
		resume: store,
		...changes,
	});
}

/** Sends some parts, then loses the network; after the last part it is the server that fails. */
async function breakOff(parts: number, changes: Changes = {}): Promise<UploadError> {
	const run = cloud.run({ complete: () => problem(500, "internal") });
	run.cutAt = parts;
	const retry = { limit: 0, networkLimit: 0 };
	const error = await failureOf(upload(run, { ...changes, retry }));
	expect(run.sent()).toHaveLength(parts);
	expect(run.calls.abort).toEqual([]);
	return error;
}

const record = (): { token: string; digests: (string | null)[] } =>
	JSON.parse([...store.records.values()][0] ?? "null");

/** Changes the one record that is there. */
function tamper(change: (record: Record<string, unknown>) => unknown): void {
	const [[id, text] = ["", "{}"]] = store.records;
	store.records.set(id, JSON.stringify(change(JSON.parse(text))));
}

describe("an upload that broke off", () => {
	it("keeps its parts and goes on with the rest, and checks the whole", async () => {
		expect(await breakOff(4)).toMatchObject({ code: "network", retryable: true });
		expect(record()).toMatchObject({ token: "token-0", digests: { length: 10 } });

		const again = cloud.run();
		const result = await upload(again);
		expect(again.calls.create).toEqual([]);
		expect(again.sent()).toEqual([5, 6, 7, 8, 9, 10]);
		expect(again.calls.parts[0]).toEqual({ token: "token-0", first: 5, count: 6 });
		expect(again.calls.complete).toEqual([
			{
				token: "token-0",
				checksum: whole,
				receipts: receiptsOf(Array.from({ length: 10 }, (_, i) => `"${i + 1}"`)),
			},
		]);
		expect(result).toMatchObject({ key: "stored-key", size: 95 });
		expect(store.records.size).toBe(0);
	});

	it("breaks off and goes on any number of times, sending each part once", async () => {
		const sent: number[] = [];
		for (let n = 0; n < 10; n++) {
			const run = cloud.run();
			run.cutAt = 1;
			if (n < 9) await failureOf(upload(run));
			else await upload(run);
			sent.push(...run.sent());
		}
		expect(sent).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
	});

	it("begins its progress with what is stored, and counts only what leaves now for the speed", async () => {
		await breakOff(8);
		const reports: Progress[] = [];
		await upload(cloud.run(), { onProgress: (progress) => void reports.push(progress) });
		expect(reports[0]).toEqual({ loaded: 80, total: 95, bytesPerSecond: 0 });
		const loaded = reports.map((progress) => progress.loaded);
		expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
		expect(loaded.at(-1)).toBe(95);
	});

	it("starts over when any of its calls says something else is wanted: type, metadata, key, endpoint", async () => {
		for (const change of [
			{ contentType: "image/png" },
			{ metadata: { title: "b" } },
			{ key: "films/b" },
			{ endpoint: "https://other.test/uploads" },
		]) {
			store = createMemoryStore();
			await breakOff(2);
			const again = cloud.run();
			await upload(again, change);
			expect(again.sent()).toHaveLength(10);
			expect(store.records.size).toBe(1);
		}
	});

	it.each([
		["head", 0],
		["middle", 47],
		["tail", 94],
	])("starts over when the file has changed at its %s", async (_, at) => {
		await breakOff(4);
		const again = cloud.run();
		const changed = Uint8Array.from(file);
		changed[at] = 255;
		await upload(again, { file: changed });
		expect(again.calls.list).toEqual([]);
		expect(again.calls.complete[0]?.checksum?.value).toBe(crcOf(changed));
		expect(again.sent()).toHaveLength(10);
	});

	it.each([
		"",
		"{",
		"null",
		'{"v":2,"token":"token-0","partSize":10,"checksums":[],"digests":[]}',
		'{"v":1,"token":"token-0","partSize":0,"checksums":[],"digests":[]}',
		'{"v":1,"token":"token-0"}',
		"\0\0\0\0",
	])("starts over when its record is unreadable: %j", async (text) => {
		await breakOff(4);
		for (const id of store.records.keys()) store.records.set(id, text);
		const again = cloud.run();
		await upload(again);
		expect(again.calls.list).toEqual([]);
		expect(again.sent()).toHaveLength(10);
		expect(store.records.size).toBe(0);
	});
});

describe("the parts that are stored", () => {
	it("are listed over all pages", async () => {
		const large = bytes(12_340);
		cloud = createFakeCloud(large.length);
		cloud.pageSize = 500;
		await breakOff(1_230, { file: large });
		const again = cloud.run();
		const { checksum } = await upload(again, { file: large });
		expect(again.calls.list).toEqual([
			{ token: "token-0" },
			{ token: "token-0", after: 500 },
			{ token: "token-0", after: 1_000 },
		]);
		expect(again.sent()).toEqual([1_231, 1_232, 1_233, 1_234]);
		expect(checksum?.value).toBe(crcOf(large));
	});

	it("are not listed for ever when a page does not advance", async () => {
		await breakOff(4);
		const again = cloud.run({ list: () => ({ parts: [], next: 3 }) });
		await upload(again);
		expect(again.calls.list).toHaveLength(2);
		expect(again.calls.create).toHaveLength(0);
		expect(again.sent()).toHaveLength(10);
	});

	it("are sent again where they have another size, or another checksum than they were sent with", async () => {
		await breakOff(6);
		cloud.listsChecksums = true;
		cloud.parts.set(2, bytes(9));
		cloud.parts.set(3, bytes(10).fill(7));
		cloud.parts.delete(5);
		const again = cloud.run();
		expect((await upload(again)).checksum).toEqual(whole);
		expect(again.sent()).toEqual([2, 3, 5, 7, 8, 9, 10]);
	});

	it("are read for a digest that the record does not know, and not sent", async () => {
		await breakOff(6);
		tamper((old) => ({ ...old, digests: [...record().digests.slice(0, 3), null] }));
		const again = cloud.run();
		await upload(again);
		expect(again.sent()).toEqual([7, 8, 9, 10]);
		expect(again.calls.complete[0]?.checksum).toEqual(whole);
	});

	it("are read for their digests although the storage tells some: those are of what it got", async () => {
		await breakOff(10, { checksum: false });
		cloud.listsChecksums = true;
		cloud.parts.set(2, bytes(10).fill(7));
		const again = cloud.run();
		await upload(again);
		expect(again.sent()).toEqual([]);
		expect(again.calls.complete[0]?.checksum).toEqual(whole);
	});

	it("are checked although the first run did not, and the other way round", async () => {
		await breakOff(4, { checksum: false });
		const checked = cloud.run();
		await upload(checked);
		expect(checked.sent()).toHaveLength(6);
		expect(checked.calls.complete[0]?.checksum).toEqual(whole);

		await breakOff(4);
		const unchecked = cloud.run();
		await upload(unchecked, { checksum: false });
		expect(unchecked.sent()).toHaveLength(6);
		expect(unchecked.calls.complete[0]).not.toHaveProperty("checksum");
	});

	it("are sent again when the server finds them broken at the end", async () => {
		await breakOff(4);
		const errors = [{ detail: "broken", partNumber: 2 }];
		const again = cloud.run({
			complete: (_, index) =>
				index === 0 ? problem(422, "checksum-mismatch", { errors }) : { key: "k", size: 95 },
		});
		await upload(again);
		expect(again.sent()).toEqual([5, 6, 7, 8, 9, 10, 2]);
		expect(again.calls.complete[1]?.checksum).toEqual(whole);
	});
});

describe("tokens", () => {
	it("that `list` renews are used from then on, and written down at once", async () => {
		await breakOff(4);
		const again = cloud.run({ list: () => ({ parts: [], token: "renewed" }) });
		again.cutAt = 0;
		await failureOf(upload(again));
		expect(again.calls.parts[0]?.token).toBe("renewed");
		expect(record().token).toBe("renewed");
	});

	it("that `parts` renews are written down with the next part", async () => {
		const run = cloud.run();
		const renewing = cloud.run({
			parts: async ({ first, count }) => {
				const { windowOf } = await import("../fakes/endpoint.js");
				return { ...windowOf(first, count), token: "renewed" };
			},
		});
		renewing.cutAt = 5;
		await failureOf(upload(renewing));
		expect(record().token).toBe("renewed");
		await upload(run);
		expect(run.calls.list[0]?.token).toBe("renewed");
	});

	it.each([
		[410, "token-expired"],
		[400, "invalid-request"],
	])("that are refused with %i %s lead to a new upload, without a word", async (status, code) => {
		await breakOff(4);
		const again = cloud.run({ list: () => problem(status, code) });
		await upload(again);
		expect(again.calls.create).toHaveLength(1);
		expect(again.sent()).toHaveLength(10);
		expect(again.calls.abort).toEqual([]);
		expect(store.records.size).toBe(0);
	});
});

describe("a record", () => {
	/** Answers of something that stands between the client and its endpoint. */
	const strangers = {
		"a firewall's refusal": () => new Response("no", { status: 403 }),
		"a login page": () => new Response("<html>Sign in</html>", { status: 200 }),
	};

	it.each(Object.entries(strangers))(
		"outlives %s, on the way in and in the middle",
		async (_, answer) => {
			await breakOff(4);
			const shut = cloud.run({ create: answer, list: answer });
			await failureOf(upload(shut));
			expect([shut.calls.create, shut.calls.abort]).toEqual([[], []]);

			const interrupted = cloud.run({ parts: answer });
			await failureOf(upload(interrupted));
			expect(interrupted.calls.abort).toEqual([]);

			const again = cloud.run();
			await upload(again);
			expect(again.sent()).toEqual([5, 6, 7, 8, 9, 10]);
		},
	);

	it("outlives a lost session where only those who signed in may upload", async () => {
		await breakOff(4);
		const lost = (): Response => problem(401, "unauthenticated");
		const shut = cloud.run({ create: lost, list: lost });
		expect((await failureOf(upload(shut))).code).toBe("unauthenticated");
		expect(shut.calls.abort).toEqual([]);
		const again = cloud.run();
		await upload(again);
		expect(again.sent()).toEqual([5, 6, 7, 8, 9, 10]);
	});

	it.each([
		["another secret, pattern or user", 403, "forbidden"],
		["a user who signed out", 401, "unauthenticated"],
		["a token too old", 410, "token-expired"],
		["a token of another version", 400, "invalid-request"],
	])("of %s is replaced by the upload that begins anew, once", async (_, status, code) => {
		await breakOff(4);
		const next = cloud.run({ list: () => problem(status, code) });
		next.cutAt = 3;
		expect((await failureOf(upload(next))).code).toBe("network");
		expect(next.calls.create).toHaveLength(1);
		expect(next.calls.abort).toEqual([]);

		// it is theirs from now on
		const again = cloud.run();
		await upload(again);
		expect(again.calls.create).toEqual([]);
		expect(again.sent()).toEqual([4, 5, 6, 7, 8, 9, 10]);
		expect(store.records.size).toBe(0);
	});

	it("of another user stays where nothing can begin in its place", async () => {
		await breakOff(4);
		const theirs = record();
		const refused = (): Response => problem(403, "forbidden");
		const ours = cloud.run({ list: refused, create: refused });
		expect((await failureOf(upload(ours))).code).toBe("forbidden");
		expect(ours.calls.abort).toEqual([]);
		expect(record()).toEqual(theirs);
	});
});

describe("a resumed upload that is refused for good", () => {
	/** As long as the upload of an earlier run is sent. */
	const refuse = (run: Run, answer: () => Response): void => {
		const { send } = run.platform;
		run.platform.send = async (...all) =>
			run.calls.create.length === 0 ? answer() : await send(...all);
	};

	it.each([
		["the key of its encryption is disabled", () => refusal(400, "KMS.DisabledException")],
		["the right to write was withdrawn", () => refusal(403, "AccessDenied")],
	])("since %s, begins anew, once", async (_, answer) => {
		await breakOff(4);
		const again = cloud.run();
		refuse(again, answer);
		expect(await upload(again)).toMatchObject({ key: "stored-key", size: 95 });
		expect(again.calls.create).toHaveLength(1);
		expect(again.sent()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
		expect(store.records.size).toBe(0);
	});

	it("by the endpoint, begins anew, once", async () => {
		await breakOff(4);
		const again = cloud.run({
			parts: ({ first, count }) =>
				again.calls.create.length === 0 ? problem(403, "forbidden") : windowOf(first, count),
		});
		await upload(again);
		expect(again.sent()).toHaveLength(10);
	});

	it("with a record of another part size begins anew", async () => {
		await breakOff(4);
		tamper((old) => ({ ...old, partSize: 7 }));
		const again = cloud.run();
		refuse(again, () => refusal(403, "SignatureDoesNotMatch"));
		await upload(again);
		expect(again.calls.list).toHaveLength(1);
		expect(again.sent()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
		expect(store.records.size).toBe(0);
	});

	it("fails as it would without `resume` when it is refused again, and keeps the record of what is stored", async () => {
		await breakOff(4);
		const before = record();
		const again = cloud.run();
		again.platform.send = async () => refusal(403, "AccessDenied");
		expect((await failureOf(upload(again))).code).toBe("forbidden");
		expect(again.calls.create).toHaveLength(1);
		expect(record()).toEqual(before);

		const last = cloud.run();
		cloud.parts = new Map([1, 2, 3, 4].map((n) => [n, file.subarray(n * 10 - 10, n * 10)]));
		await upload(last);
		expect(last.sent()).toEqual([5, 6, 7, 8, 9, 10]);
	});

	it("after a part of it was stored fails first, and begins anew the next time", async () => {
		await breakOff(4);
		const again = cloud.run();
		const { send } = again.platform;
		again.platform.send = async (...all) =>
			again.platform.attempts.length === 0 ? await send(...all) : refusal(403, "AccessDenied");
		expect((await failureOf(upload(again))).code).toBe("forbidden");
		expect(again.calls.create).toEqual([]);
		const next = cloud.run();
		refuse(next, () => refusal(403, "AccessDenied"));
		await upload(next);
		expect(next.calls.create).toHaveLength(1);
	});

	it("by something on the way to the endpoint goes on later", async () => {
		await breakOff(4);
		const shut = cloud.run({ parts: () => new Response("no", { status: 403 }) });
		await failureOf(upload(shut));
		expect(shut.calls.create).toEqual([]);
		const again = cloud.run();
		await upload(again);
		expect(again.sent()).toEqual([5, 6, 7, 8, 9, 10]);
	});
});

/** A file without a name of its state: a browser's `File`, or a path on a disk with coarse times. */
function inexact(run: Run): Run {
	const { openSource } = run.platform;
	Object.assign(run.platform, {
		openSource: async (input: unknown) => ({
			...(await openSource(input)),
			identity: { name: "the file" },
		}),
	});
	return run;
}

describe("a file that may have changed with its name, size and times kept", () => {
	/** Between the samples by which a file is recognised. */
	const large = bytes(400_000);
	const edited = Uint8Array.from(large);
	edited.fill(255, 100_000, 100_010);
	const begin = async (parts: number, changes: Changes = {}): Promise<void> => {
		cloud = createFakeCloud(large.length, 50_000);
		const run = inexact(cloud.run({ complete: () => problem(500, "internal") }));
		run.cutAt = parts;
		await failureOf(upload(run, { file: large, ...changes, retry: { limit: 0, networkLimit: 0 } }));
	};

	it("sends the parts again that have changed, and no others", async () => {
		await begin(5);
		const again = inexact(cloud.run());
		const { checksum } = await upload(again, { file: edited });
		expect(again.calls.create).toEqual([]);
		expect(again.sent()).toEqual([3, 6, 7, 8]);
		expect(checksum?.value).toBe(crcOf(edited));
		expect(
			Buffer.concat([...cloud.parts].sort(([a], [b]) => a - b).map(([, body]) => body)),
		).toEqual(Buffer.from(edited));
	});

	it("reads the parts that have not changed, and sends none of them", async () => {
		await begin(5);
		const again = inexact(cloud.run());
		await upload(again, { file: large });
		expect(again.sent()).toEqual([6, 7, 8]);
	});

	it("sends parts again that were stored without a digest", async () => {
		await begin(5, { checksum: false });
		const again = inexact(cloud.run());
		await upload(again, { file: edited, checksum: false });
		expect(again.sent()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
	});

	it("does not take what was joined for what it is now", async () => {
		await begin(8);
		const changed = inexact(
			cloud.run({
				list: () => problem(404, "upload-not-found"),
				create: () => problem(409, "already-exists"),
			}),
		);
		expect((await failureOf(upload(changed, { file: edited }))).code).toBe("already-exists");
		expect(changed.calls.complete).toEqual([]);

		await begin(8);
		const same = inexact(cloud.run({ list: () => problem(404, "upload-not-found") }));
		await upload(same, { file: large });
		expect(same.calls.complete).toHaveLength(1);
		expect(same.sent()).toEqual([]);
	});

	it.each([
		["the storage has no digest to confirm that", { key: "k", size: 400_000 }],
		["the storage has another digest", problem(422, "checksum-mismatch")],
	])("does not take what was joined for it when some digests are lost and %s", async (_, reply) => {
		await begin(8, { checksum: false });
		const again = inexact(
			cloud.run({
				list: () => problem(404, "upload-not-found"),
				complete: () => (reply instanceof Response ? reply.clone() : reply),
				create: () => problem(409, "already-exists"),
			}),
		);
		const error = await failureOf(upload(again, { file: edited }));
		expect(error.code).toBe("already-exists");
		expect(again.calls.complete[0]?.checksum?.value).toBe(crcOf(edited));
	});

	it("was joined although some digests are lost, when the storage confirms its own", async () => {
		await begin(8, { checksum: false });
		const again = inexact(cloud.run({ list: () => problem(404, "upload-not-found") }));
		const { checksum } = await upload(again, { file: large });
		expect(checksum?.value).toBe(crcOf(large));
		expect(again.calls.create).toEqual([]);
	});

	it("compares with what the storage lists where a record was not written in time", async () => {
		await begin(5);
		tamper((old) => ({ ...old, digests: Array.from({ length: 8 }, () => null) }));
		cloud.listsChecksums = true;
		const again = inexact(cloud.run());
		await upload(again, { file: edited });
		expect(again.sent()).toEqual([3, 6, 7, 8]);
	});

	it("is read again in every run, until its record says that every change would show", async () => {
		await begin(5);
		expect(record()).not.toHaveProperty("exact", true);
		const exact = cloud.run();
		exact.cutAt = 1;
		await failureOf(upload(exact, { file: edited }));
		expect(record()).toHaveProperty("exact", true);
		expect(exact.sent()).toEqual([3]);
	});
});

describe("an upload that the storage has forgotten", () => {
	const forgotten: Answers = { list: () => problem(404, "upload-not-found") };

	it("was joined, with the answer lost: the server finds it, and nothing is sent", async () => {
		const first = cloud.run({ complete: () => problem(500, "internal") });
		await failureOf(upload(first, { retry: { limit: 0 } }));
		expect(first.calls.abort).toEqual([]);

		const again = cloud.run(forgotten);
		const reports: Progress[] = [];
		const result = await upload(again, { onProgress: (progress) => void reports.push(progress) });
		expect(result).toMatchObject({ key: "stored-key", size: 95 });
		expect(again.calls.complete).toEqual([{ token: "token-0", checksum: whole }]);
		expect(again.calls.create).toEqual([]);
		expect(again.platform.attempts).toEqual([]);
		expect(reports.at(-1)).toMatchObject({ loaded: 95, total: 95 });
		expect(store.records.size).toBe(0);
	});

	it.each([
		[404, "upload-not-found"],
		[409, "already-exists"],
		[409, "conflict"],
		[410, "token-expired"],
	])("and never joined (%i %s) is begun anew, from the first byte", async (status, code) => {
		await breakOff(4);
		const again = cloud.run({
			...forgotten,
			complete: (_, index) => (index === 0 ? problem(status, code) : { key: "k", size: 95 }),
		});
		const loaded: number[] = [];
		await upload(again, { onProgress: (progress) => void loaded.push(progress.loaded) });
		expect(again.calls.create).toHaveLength(1);
		expect(again.sent()).toHaveLength(10);
		expect(again.calls.complete[1]).toMatchObject({ token: "token-0", checksum: whole });
		// it never falls: what an earlier run stored was not counted
		expect(loaded[0]).toBeLessThan(95);
	});

	it("and may have been joined is kept where the server is not allowed to check", async () => {
		await breakOff(10);
		const conflict = () => problem(409, "conflict");
		const again = cloud.run({ ...forgotten, complete: conflict });
		expect(await failureOf(upload(again))).toMatchObject({
			code: "conflict",
			message: "Detail of conflict.",
		});
		expect(again.calls).toMatchObject({ create: [], abort: [] });
		// once it is allowed, the next run finds the object
		const allowed = cloud.run(forgotten);
		expect(await upload(allowed)).toMatchObject({ key: "stored-key" });
		expect(allowed.platform.attempts).toEqual([]);
	});

	it("is kept when a gateway answers 409 in the server's place", async () => {
		await breakOff(4);
		const again = cloud.run({ ...forgotten, complete: () => new Response("", { status: 409 }) });
		expect(await failureOf(upload(again))).toMatchObject({ code: "conflict" });
		expect(again.calls).toMatchObject({ create: [], abort: [] });
		expect(store.records.size).toBe(1);
	});

	it("and was rejected stays so", async () => {
		await breakOff(10);
		const again = cloud.run({ ...forgotten, complete: () => problem(422, "rejected") });
		expect(await failureOf(upload(again))).toMatchObject({ code: "rejected" });
		expect(again.calls.create).toEqual([]);
		expect(store.records.size).toBe(0);
	});

	it("in the middle of a resumed run is begun anew, once", async () => {
		await breakOff(4);
		const again = cloud.run({
			complete: ({ token }) =>
				again.calls.create.length === 0
					? problem(404, "upload-not-found")
					: { key: token, size: 95 },
			parts: ({ first, count }) =>
				again.calls.create.length === 0
					? problem(404, "upload-not-found")
					: import("../fakes/endpoint.js").then(({ windowOf }) => windowOf(first, count)),
		});
		await upload(again);
		expect(again.calls.create).toHaveLength(1);
		expect(again.calls.list).toHaveLength(1);
		expect(again.sent()).toHaveLength(10);
	});
});

describe("the record", () => {
	it("is there when the first part has failed", async () => {
		const run = cloud.run();
		run.cutAt = 0;
		await failureOf(upload(run));
		expect(record()).toMatchObject({ v: 1, token: "token-0", partSize: 10 });
	});

	it("stays when the first part fails before the store has it", async () => {
		const run = cloud.run();
		run.cutAt = 0;
		const slow: ResumeStore = {
			...store,
			async set(id, text) {
				await eventually(() => run.platform.attempts.length > 0);
				await store.set(id, text);
			},
		};
		await failureOf(upload(run, { resume: slow }));
		expect(record()).toMatchObject({ token: "token-0" });
	});

	it("does not hold up the abort on the server while it is written", async () => {
		const run = cloud.run();
		const platform = createFakePlatform(() => new Promise<never>(() => {}));
		const hung: ResumeStore = { ...store, set: () => new Promise(() => {}) };
		const begun = upload({ ...run, platform }, { resume: hung });
		await eventually(() => platform.attempts.length > 0);
		begun.abort();
		expect((await failureOf(begun)).code).toBe("aborted");
		expect(run.calls.abort).toEqual([{ token: "token-0" }]);
	});

	it("is let go by an upload that is aborted while it reads samples of its file", async () => {
		await breakOff(4);
		const run = cloud.run();
		const takeSamples = vi.fn(() => new Promise<void>(() => {}));
		const waiting = upload({ ...run, platform: { ...run.platform, takeSamples } });
		await eventually(() => takeSamples.mock.calls.length > 0);
		waiting.abort();
		await failureOf(waiting);
		expect(run.calls.abort).toEqual([{ token: "token-0" }]);
		expect(await upload(cloud.run())).toMatchObject({ size: file.length });
	});

	it("is written a few times, however many parts there are", async () => {
		const large = bytes(8_000);
		cloud = createFakeCloud(large.length);
		const began = performance.now();
		await upload(cloud.run(), { file: large });
		const halfSeconds = (performance.now() - began) / 500;
		// with the plan, before the end, and at most every half second between
		expect(store.history.length).toBeGreaterThanOrEqual(2);
		expect(store.history.length).toBeLessThanOrEqual(2 + halfSeconds);
		expect(JSON.parse(store.history.at(-1) ?? "").digests).toHaveLength(800);
	});

	it("names the upload for `pending()`, and holds no header, signed URL or byte of the file", async () => {
		await breakOff(4, {
			metadata: { title: "a title" },
			headers: { authorization: "secret" },
		});
		const [[id = "", text = ""] = []] = store.records;
		expect(id).toMatch(/^[\da-f]{64}$/);
		expect(text).not.toMatch(/secret|storage\.test|signature/i);
		expect(JSON.parse(text).about).toEqual({
			endpoint: "https://api.test/uploads",
			key: "films/a",
			name: "the file",
			size: 95,
			sent: 40,
			begun: expect.any(Number),
			metadata: { title: "a title" },
		});
	});

	it.each([
		["a small file", { multipartThreshold: 95 }],
		["no option", { resume: undefined as never }],
		["`resume: false`", { resume: false }],
	])("is not made for %s", async (_, changes) => {
		const access = vi.spyOn(store, "get");
		await upload(cloud.run(), changes);
		expect(access).not.toHaveBeenCalled();
		expect(store.history).toEqual([]);
	});

	it("is not made for bytes that a later run cannot know again", async () => {
		const run = cloud.run();
		const { openSource } = run.platform;
		Object.assign(run.platform, {
			openSource: async (input: unknown) => ({
				...(await openSource(input)),
				identity: {},
			}),
		});
		await upload(run);
		expect(store.history).toEqual([]);
	});

	it("goes with an abort, as do the parts on the server", async () => {
		await breakOff(4);
		const again = cloud.run();
		const running = upload(again, { onProgress: () => running.abort() });
		expect((await failureOf(running)).code).toBe("aborted");
		expect(again.calls.abort).toEqual([{ token: "token-0" }]);
		await eventually(() => store.records.size === 0);
	});

	const otherServer =
		(status: number, body: string, type = "text/html") =>
		(): Response =>
			new Response(body, { status, headers: { "content-type": type } });

	it.each([
		["a firewall's 403", otherServer(403, "<h1>Request blocked</h1>")],
		["a proxy's 413", otherServer(413, "<h1>Request Entity Too Large</h1>")],
		["a proxy's 404", otherServer(404, "nginx")],
		["a proxy's 410", otherServer(410, "gone")],
		["a proxy's 502", otherServer(502, "Bad Gateway")],
		["a gateway's 409 in JSON", otherServer(409, '{"message":"Conflict"}', "application/json")],
		[
			"a stranger's 422 with a code of ours",
			otherServer(422, '{"code":"rejected","detail":"No."}', "application/json"),
		],
		["a login page", otherServer(200, "<html>Sign in</html>")],
		["our own 403", () => problem(403, "forbidden")],
		["our own 401", () => problem(401, "unauthenticated")],
	])("stays after %s, as do the parts", async (_, answer) => {
		for (const call of ["complete", "parts"] as const) {
			const run = cloud.run({ [call]: answer });
			await failureOf(upload(run, { retry: { limit: 0 } }));
			expect(run.calls.abort).toEqual([]);
			expect(store.records.size).toBe(1);
			const again = cloud.run();
			await upload(again);
			expect(again.calls.create).toEqual([]);
		}
	});

	it.each([
		[409, "already-exists", 0, false],
		[422, "rejected", 0, false],
		[422, "invalid-parts", 1, false],
		[422, "checksum-mismatch", 1, false],
		[401, "unauthenticated", 0, true],
		[403, "forbidden", 0, true],
		[410, "token-expired", 0, true],
		[503, "storage-unavailable", 0, true],
	])("after a complete with %i %s: aborts %i, stays: %s", async (status, code, aborts, stays) => {
		const run = cloud.run({ complete: () => problem(status, code) });
		const error = await failureOf(upload(run, { retry: { limit: 0 } }));
		expect(error.code).toBe(code);
		expect(run.calls.abort).toHaveLength(aborts);
		expect(store.records.size).toBe(stays ? 1 : 0);
	});

	it("of an older upload keeps no new one, which would be lost without a record of its own", async () => {
		await breakOff(4);
		const again = cloud.run({ list: () => problem(410, "token-expired") });
		again.cutAt = 2;
		vi.spyOn(store, "set").mockRejectedValue(new Error("full"));
		expect((await failureOf(upload(again))).code).toBe("network");
		expect(again.calls.abort).toEqual([]);
		expect(store.records.size).toBe(0);
	});

	it("costs a finished upload no time in a store that hangs", async () => {
		const run = cloud.run();
		vi.spyOn(store, "delete").mockReturnValue(new Promise(() => {}));
		// no timer fires that could end a wait for it
		vi.useFakeTimers({ toFake: ["setTimeout"] });
		expect(await upload(run)).toMatchObject({ key: "stored-key" });
	});

	it("stays when the server cannot be asked on start", async () => {
		await breakOff(4);
		const unreachable = cloud.run({ list: () => problem(503, "storage-unavailable") });
		const error = await failureOf(upload(unreachable, { retry: { limit: 0 } }));
		expect(error.code).toBe("storage-unavailable");
		expect(unreachable.calls.abort).toEqual([]);
		const again = cloud.run();
		await upload(again);
		expect(again.sent()).toHaveLength(6);
	});
});

describe("two uploads of the same file at once", () => {
	it("send nothing twice: the second waits, and gets the same answer", async () => {
		let send = (): void => {};
		const sending = new Promise<void>((resolve) => {
			send = resolve;
		});
		const first = cloud.run();
		const { send: sendNow } = first.platform;
		first.platform.send = async (...all) => {
			await sending;
			return sendNow(...all);
		};
		const running = upload(first);
		await eventually(() => store.records.size === 1);
		const reads = vi.spyOn(store, "get");
		const second = cloud.run({ list: () => problem(404, "upload-not-found") });
		const waiting = upload(second);
		await eventually(() => reads.mock.calls.length > 0);
		send();
		expect(await running).toMatchObject({ key: "stored-key" });
		expect(await waiting).toMatchObject({ key: "stored-key", size: 95 });
		expect(second.platform.attempts).toEqual([]);
		expect(second.calls.create).toEqual([]);
	});

	it("do the work together when the first breaks off", async () => {
		const first = cloud.run();
		first.cutAt = 3;
		const running = failureOf(upload(first));
		// it has the lock
		await eventually(() => store.records.size === 1);
		const second = cloud.run();
		const waiting = upload(second);
		expect((await running).code).toBe("network");
		await waiting;
		expect([...first.sent(), ...second.sent()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
	});

	it("look for the record while they wait, since its owner may only begin", async () => {
		let begin = (): void => {};
		const begun = new Promise<void>((resolve) => {
			begin = resolve;
		});
		let send = (): void => {};
		const sending = new Promise<void>((resolve) => {
			send = resolve;
		});
		const first = cloud.run();
		const { fetch } = first.options;
		let asked = false;
		const slow = async (request: Request): Promise<Response> => {
			asked = true;
			if (!request.url.endsWith("/complete")) await begun;
			else await sending;
			return fetch(request);
		};
		const running = upload(first, { fetch: slow });
		// it has the lock
		await eventually(() => asked);
		const second = cloud.run({ list: () => problem(404, "upload-not-found") });
		const reads = vi.spyOn(store, "get");
		const waiting = upload(second);
		await eventually(() => reads.mock.calls.length > 0);
		begin();
		const found = async (): Promise<boolean> =>
			(await Promise.all(reads.mock.results.map(({ value }) => value))).some(Boolean);
		await vi.waitUntil(found, { timeout: 240_000 });
		send();
		await Promise.all([running, waiting]);
		expect(second.platform.attempts).toEqual([]);
	});

	it("or three share one that takes less than a second", async () => {
		vi.useFakeTimers({ toFake: ["setInterval"] });
		const first = cloud.run();
		let complete = (): void => {};
		const completing = new Promise<void>((resolve) => {
			complete = resolve;
		});
		const others = [1, 2].map(() => cloud.run({ list: () => problem(404, "upload-not-found") }));
		const waiting: Upload[] = [];
		const reads = vi.spyOn(store, "get");
		const slow = async (request: Request): Promise<Response> => {
			if (request.url.endsWith("/complete")) await completing;
			else if (waiting.length === 0) {
				reads.mockClear();
				waiting.push(...others.map((other) => upload(other)));
				await eventually(() => reads.mock.calls.length === 2);
			}
			return first.options.fetch(request);
		};
		const running = upload(first, { fetch: slow });
		await eventually(() => store.records.size === 1);
		reads.mockClear();
		await vi.advanceTimersByTimeAsync(500);
		expect(reads.mock.calls.length).toBeGreaterThan(1);
		complete();
		await Promise.all([running, ...waiting]);
		expect(others.flatMap((other) => other.platform.attempts)).toEqual([]);
	});

	it("do not wait for each other when the key differs", async () => {
		const first = cloud.run();
		first.platform.send = () => new Promise(() => {});
		const running = upload(first);
		expect(await upload(createFakeCloud(95).run(), { key: "films/b" })).toMatchObject({ size: 95 });
		running.abort();
		await failureOf(running);
	});

	it("can be aborted while they wait, and leave the other alone", async () => {
		const first = cloud.run();
		first.platform.send = () => new Promise(() => {});
		const running = upload(first);
		await eventually(() => store.records.size === 1);
		const second = cloud.run();
		const reads = vi.spyOn(store, "get");
		const waiting = upload(second);
		// it looks for a record, then waits for the lock
		await eventually(() => reads.mock.calls.length > 0);
		expect(waiting.state).toBe("starting");
		waiting.abort();
		expect((await failureOf(waiting)).code).toBe("aborted");
		expect(second.requests).toEqual([]);
		expect(store.records.size).toBe(1);
		running.abort();
		await failureOf(running);
	});
});

describe("a store that fails", () => {
	const broken = (): never => {
		throw new Error("no room");
	};
	const without: Record<string, Partial<ResumeStore>> = {
		"to read": { get: () => Promise.reject(new Error("denied")) },
		"to read, at once": { get: broken },
		"to write": { set: () => Promise.reject(new Error("full")) },
		"to write, at once": { set: broken },
		"to delete": { delete: () => Promise.reject(new Error("gone")) },
		"to lock": { lock: () => Promise.reject(new Error("no locks here")) },
		"to unlock": { lock: async () => broken },
	};
	it.each(Object.entries(without))("%s costs no upload", async (_, members) => {
		const run = cloud.run();
		await upload(run, { resume: { ...store, ...members } });
		expect(run.sent()).toHaveLength(10);
	});

	it("to write deletes no parts on the server when the upload fails", async () => {
		const run = cloud.run();
		run.cutAt = 4;
		await failureOf(upload(run, { resume: { ...store, set: broken } }));
		expect(run.calls.abort).toEqual([]);
	});

	it("to open costs no upload", async () => {
		const run = cloud.run();
		Object.assign(run.platform, { openResumeStore: () => Promise.reject(new Error("private")) });
		await upload(run, { resume: true });
		expect(run.sent()).toHaveLength(10);
	});

	it("to open in time costs some seconds", async () => {
		const run = cloud.run();
		Object.assign(run.platform, { openResumeStore: () => new Promise(() => {}) });
		await upload(run, { resume: true });
		expect(run.sent()).toHaveLength(10);
	});

	it("to answer costs some seconds", async () => {
		const run = cloud.run();
		await upload(run, { resume: { ...store, get: () => new Promise(() => {}) } });
		expect(run.sent()).toHaveLength(10);
	});

	it("has no locks, and resumes all the same", async () => {
		const { get, set, delete: remove } = store;
		const lockless = { get, set, delete: remove };
		await breakOff(4, { resume: lockless });
		const again = cloud.run();
		await upload(again, { resume: lockless });
		expect(again.sent()).toHaveLength(6);
	});
});

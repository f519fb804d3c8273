import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openSource } from "../../src/browser/blob-source.js";
import { send } from "../../src/browser/xhr.js";
import type { UploadSource } from "../../src/platform.js";

// The clock of a page, of which timers are only a part: they stand still while the machine sleeps, and
// come late in a hidden tab.

const stallTimeout = 30_000;
let now = 0;

/** The request that is under way. */
class FakeRequest {
	static current: FakeRequest;
	upload: { onprogress?: (event: { loaded: number }) => void; onload?: () => void } = {};
	onload?: () => void;
	ontimeout?: () => void;
	aborted = false;
	status = 200;
	responseText = "";
	constructor() {
		FakeRequest.current = this;
	}
	open(): void {}
	setRequestHeader(): void {}
	send(): void {}
	getAllResponseHeaders(): string {
		return "";
	}
	abort(): void {
		this.aborted = true;
	}
}

beforeEach(() => {
	now = 0;
	vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
	vi.spyOn(performance, "now").mockImplementation(() => now);
	vi.stubGlobal("XMLHttpRequest", FakeRequest);
});
afterEach(() => {
	vi.useRealTimers();
	vi.restoreAllMocks();
	vi.unstubAllGlobals();
});

/** Begins to send ten bytes; tells how it ended so far. */
async function begin(): Promise<() => string> {
	let end = "under way";
	const source = (await openSource(new Blob(["0123456789"]))) as UploadSource;
	send({ method: "PUT", url: "https://storage.test/a", headers: {} }, source.slice(0, 10), {
		signal: new AbortController().signal,
		stallTimeout,
		onSent: () => {},
	}).then(
		() => (end = "stored"),
		(error) => (end = error.name),
	);
	await vi.advanceTimersByTimeAsync(0);
	return () => end;
}

/** Time in which timers run. */
async function awake(milliseconds: number): Promise<void> {
	for (let left = milliseconds; left > 0; left -= 100) {
		now += 100;
		await vi.advanceTimersByTimeAsync(100);
	}
}

it("ends an attempt when nothing moved for the time, and not before", async () => {
	const end = await begin();
	await awake(stallTimeout - 100);
	expect(end()).toBe("under way");
	await awake(stallTimeout / 4 + 200);
	expect(end()).toBe("StallError");
	expect(FakeRequest.current.aborted).toBe(true);
});

it("counts from the last byte that moved, and longer while only the answer is missing", async () => {
	const end = await begin();
	const { upload } = FakeRequest.current;
	await awake(20_000);
	upload.onprogress?.({ loaded: 5 });
	await awake(29_900);
	upload.onload?.();
	await awake(4 * stallTimeout - 100);
	expect(end()).toBe("under way");
	await awake(stallTimeout / 4 + 200);
	expect(end()).toBe("StallError");
});

it("waits longer as soon as all bytes have left, though Firefox ends the upload only with the response", async () => {
	const end = await begin();
	FakeRequest.current.upload.onprogress?.({ loaded: 10 });
	await awake(4 * stallTimeout - 100);
	expect(end()).toBe("under way");
	FakeRequest.current.upload.onload?.();
	FakeRequest.current.onload?.();
	await awake(100);
	expect(end()).toBe("stored");
});

it("lets bytes move first when the machine wakes up", async () => {
	const end = await begin();
	await awake(1_000);
	now += 8 * 3_600_000;
	// the late timer is the first thing that happens
	await awake(stallTimeout / 4 - 200);
	expect(end()).toBe("under way");
	FakeRequest.current.upload.onprogress?.({ loaded: 9 });
	await awake(stallTimeout - 100);
	expect(end()).toBe("under way");
	FakeRequest.current.onload?.();
	await awake(100);
	expect(end()).toBe("stored");
});

it("lets the answer come first when the machine slept while it waited for it", async () => {
	const end = await begin();
	FakeRequest.current.upload.onload?.();
	await awake(50_000);
	now += 8 * 3_600_000;
	await awake(stallTimeout / 4);
	expect(end()).toBe("under way");
	FakeRequest.current.onload?.();
	await awake(100);
	expect(end()).toBe("stored");
});

it("ends soon after waking up when no answer comes any more", async () => {
	const end = await begin();
	FakeRequest.current.upload.onload?.();
	await awake(50_000);
	now += 8 * 3_600_000;
	await awake(stallTimeout / 2 + 200);
	expect(end()).toBe("StallError");
});

it("ends soon after waking up when nothing moves any more", async () => {
	const end = await begin();
	now += 8 * 3_600_000;
	await awake(stallTimeout / 2 + 200);
	expect(end()).toBe("StallError");
});

it("ends in a hidden tab too, whose timers fire once a minute, but never while bytes move", async () => {
	const end = await begin();
	const minute = async (): Promise<void> => {
		now += 60_000;
		await vi.advanceTimersToNextTimerAsync();
	};
	for (let loaded = 1; loaded < 5; loaded++) {
		now += 50_000;
		FakeRequest.current.upload.onprogress?.({ loaded });
		await minute();
		expect(end()).toBe("under way");
	}
	await minute();
	expect(end()).toBe("StallError");
});

it("ends in a hidden tab also when only the answer is missing", async () => {
	const end = await begin();
	FakeRequest.current.upload.onload?.();
	const minutes = async (count: number): Promise<void> => {
		for (let minute = 0; minute < count; minute++) {
			now += 60_000;
			await vi.advanceTimersToNextTimerAsync();
		}
	};
	await minutes(1);
	expect(end()).toBe("under way");
	await minutes(2);
	expect(end()).toBe("StallError");
});

it("counts a timeout of the runtime itself as a lost connection", async () => {
	const end = await begin();
	FakeRequest.current.ontimeout?.();
	await vi.advanceTimersByTimeAsync(0);
	expect(end()).toBe("TypeError");
});

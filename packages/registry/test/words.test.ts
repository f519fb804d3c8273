import { UploadError, type UploadItemSnapshot } from "@skyput/client";
import { expect, it } from "vitest";
import { sizeInWords, timeInWords } from "../src/format.ts";
import {
	againInWords,
	announcementInWords,
	cutInTheMiddle,
	errorInWords,
	errorsInWords,
	listInWords,
	stateInWords,
	typesInWords,
} from "../src/words.ts";

it.each([
	[0, "0 bytes"],
	[1, "1 byte"],
	[999, "999 bytes"],
	[1_000, "1 kB"],
	[12_345, "12.3 kB"],
	[999_999, "1 MB"],
	[150_000_000, "150 MB"],
	[2 ** 50, "1,130 TB"],
])("says %i bytes as %s", (bytes, words) => {
	expect(sizeInWords(bytes)).toBe(words);
});

it.each([
	[0.2, "1 s left", "1 second left"],
	[59.5, "1 min left", "1 minute left"],
	[61, "2 min left", "2 minutes left"],
	[5_400, "1.5 h left", "1.5 hours left"],
])("says %d seconds as %s", (seconds, words, long) => {
	expect(timeInWords(seconds)).toBe(words);
	expect(timeInWords(seconds, true)).toBe(long);
});

const item = (snapshot: Partial<UploadItemSnapshot>): UploadItemSnapshot => ({
	id: "1",
	state: "uploading",
	name: "a.mov",
	path: "a.mov",
	loaded: 0,
	...snapshot,
});
const error = (code: string, values?: Record<string, string | number>): UploadError =>
	new UploadError(code as "network", "A sentence.", { values });

it.each([
	[{ state: "queued" }, "Waiting"],
	[{ state: "starting" }, "Preparing…"],
	[{ loaded: 5_000, bytesPerSecond: 1_000 }, "5 kB · 1 kB/s"],
	[{ loaded: 1, total: 3, bytesPerSecond: 1, secondsLeft: 2 }, "33% · 1 byte/s · 2 s left"],
	[{ loaded: 1, total: 3 }, "Slow connection. Still uploading."],
	[{ loaded: 3, total: 3, bytesPerSecond: 1 }, "Finishing…"],
	[{ state: "paused", loaded: 42, total: 100 }, "Paused at 42%"],
	[{ state: "offline" }, "You’re offline. Continues when you reconnect."],
	[
		{ state: "retrying", error: error("network"), retryingAt: 8_000 },
		"Connection lost. Trying again in 8 s",
	],
	[{ state: "retrying", error: error("timeout") }, "No response. Trying again…"],
	[{ state: "completing" }, "Finishing…"],
	[{ state: "completing", pending: true }, "Checking the file…"],
	[{ state: "done", loaded: 2_400_000 }, "Uploaded · 2.4 MB"],
	[{ state: "aborted" }, "Canceled"],
	[{ state: "needs-file", loaded: 42, total: 100 }, "Choose “a.mov” again to continue from 42%."],
	[{ state: "failed", error: error("checksum-mismatch") }, "A sentence."],
] as const)("has words for every state: %o", (snapshot, words) => {
	expect(stateInWords(item(snapshot), 0)).toBe(words);
});

it.each([
	["too-large", { size: 6.2e9, limit: 5e9 }, "This file is 6.2 GB. The limit is 5 GB."],
	["invalid-size", { size: 0, limit: 1 }, "This file is empty."],
	[
		"unsupported-type",
		{ contentType: "application/pdf", accepted: "image/png, image/jpeg" },
		"PDF files aren’t accepted. Use PNG or JPEG.",
	],
	[
		"unsupported-type",
		{ extension: "exe", accepted: ".png" },
		"EXE files aren’t accepted. Use PNG.",
	],
	["invalid-request", { limit: 10 }, "You can add up to 10 files."],
	["already-exists", {}, "This name exists."],
	["unauthenticated", {}, "Sign in to upload."],
	["storage-error", {}, "Something went wrong on our side."],
])("says of %s what is wrong", (code, values, words) => {
	expect(errorInWords(error(code, values))).toBe(words);
});

it.each([
	["Sunrise over the valley.jpg", "Sunrise over the ", "valley.jpg"],
	["a.mp4", "a.m", "p4"],
	["a", "a", ""],
	["", "", ""],
	// a family of three joined people, a thumb with a skin tone, and an accent of its own
	["on the beach 👨‍👩‍👧 2.jpg", "on the beach ", "👨‍👩‍👧 2.jpg"],
	["good work 👍🏽 todo.jpg", "good work ", "👍🏽 todo.jpg"],
	["photo in the cafe\u0301 5678.jpg", "photo in the caf", "e\u0301 5678.jpg"],
	["תמונה מהחופשה שלנו.jpg", "תמונה מהחופש", "ה שלנו.jpg"],
])("cuts %s between characters that people see", (name, head, tail) => {
	expect(cutInTheMiddle(name)).toEqual([head, tail]);
});

it("offers another try only where it may help", () => {
	const labels = ["already-exists", "token-expired", "network", "too-large"].map((code) =>
		againInWords(error(code)),
	);
	expect(labels).toEqual(["Upload under a new name", "Start again", "Try again", undefined]);
});

it("says of a list how far it is, and how it ended", () => {
	const ids = Array.from({ length: 12 }, (_, index) => `${index}`);
	const list = { ids, loaded: 0, total: 1.2e9, secondsLeft: 170, announcement: undefined };
	const counts = { done: 4, uploading: 8 };
	expect(listInWords({ ...list, counts, state: "uploading" })).toBe(
		"4 of 12 · 1.2 GB left · 3 min left",
	);
	const ended = { ...list, counts: { done: 11, failed: 1 }, state: "idle" } as const;
	expect(listInWords(ended)).toBe("11 uploaded, 1 failed");
	expect(listInWords({ ...ended, counts: { "needs-file": 12 } })).toBe("12 unfinished uploads");
	expect(listInWords({ ...ended, counts: { queued: 12 } })).toBe("12 files to upload");
	expect(listInWords({ ...ended, counts: { aborted: 11, rejected: 1 } })).toBe("1 failed");
	expect(listInWords({ ...ended, counts: { aborted: 12 } })).toBe("Canceled");
	expect(typesInWords(["image/*", "application/*", "text/plain"])).toBe(
		"images, documents, or TXT",
	);
});

it("says what a screen reader hears at the end, also when everything was canceled", () => {
	expect(announcementInWords({ type: "ended", done: 2, failed: 0 })).toBe("2 uploaded");
	expect(announcementInWords({ type: "ended", done: 0, failed: 3 })).toBe("3 failed");
	expect(announcementInWords({ type: "ended", done: 0, failed: 0 })).toBe("Canceled");
});

it("says of several files why they were not uploaded, and of which that is true", () => {
	const failed = (name: string, code: string, values?: Record<string, number>) =>
		item({ name, state: "rejected", error: error(code, values) });
	const large = failed("large.png", "too-large", { size: 6_000_000, limit: 5_000_000 });
	const closed = ["a.png", "b.png"].map((name) => failed(name, "forbidden"));
	expect(errorsInWords(closed)).toBe("2 files weren’t uploaded. You can’t upload here.");
	expect(errorsInWords([...closed, large])).toBe(
		"3 files weren’t uploaded. a.png: You can’t upload here.",
	);
	expect(errorsInWords([large, ...closed])).toBe(
		"3 files weren’t uploaded. large.png: This file is 6 MB. The limit is 5 MB.",
	);
	expect(errorsInWords([item({})])).toBe("");
});

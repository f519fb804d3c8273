import { expect, it } from "vitest";
import {
	errorInWords,
	progressInWords,
	retryInWords,
	sizeInWords,
	stateInWords,
	timeInWords,
} from "../page/words.js";

it.each([
	[0, "0 bytes"],
	[1, "1 byte"],
	[999, "999 bytes"],
	[1_000, "1 kB"],
	[12_345, "12.3 kB"],
	[999_999, "1 MB"],
	[150_000_000, "150 MB"],
	[5_000_000_000, "5 GB"],
	[2 ** 50, "1,130 TB"],
])("says %i bytes as %s", (bytes, words) => {
	expect(sizeInWords(bytes)).toBe(words);
});

it.each([
	[0.2, "1 s left"],
	[59, "59 s left"],
	[59.5, "1 min left"],
	[61, "2 min left"],
	[3_590, "1 h left"],
	[5_400, "1.5 h left"],
])("says %d seconds as %s", (seconds, words) => {
	expect(timeInWords(seconds)).toBe(words);
});

it.each([
	[{ loaded: 0, total: 10 }, "0%"],
	[{ loaded: 5_000, bytesPerSecond: 1_000 }, "5 kB · 1 kB/s"],
	[{ loaded: 1, total: 3, bytesPerSecond: 1, secondsLeft: 2 }, "33% · 1 byte/s · 2 s left"],
	[{ loaded: 1, total: 3 }, "Slow connection. Still uploading."],
	[{ loaded: 3, total: 3, bytesPerSecond: 1, secondsLeft: 0 }, "Finishing…"],
])("says of the progress what is known: %o", (progress, words) => {
	expect(progressInWords({ state: "uploading", ...progress })).toBe(words);
});

it.each([
	[{ state: "queued" }, "Waiting"],
	[{ state: "starting" }, "Preparing…"],
	[{ state: "paused", loaded: 42, total: 100 }, "Paused at 42%"],
	[{ state: "offline" }, "You’re offline. Continues when you reconnect."],
	[{ state: "retrying", error: { code: "network" } }, "Connection lost. Trying again…"],
	[{ state: "retrying", error: { code: "timeout" } }, "No response. Trying again…"],
	[
		{ state: "retrying", error: { code: "storage-unavailable" } },
		"Something went wrong. Trying again…",
	],
	[{ state: "completing" }, "Finishing…"],
	[{ state: "done", loaded: 2_400_000 }, "Uploaded · 2.4 MB"],
	[{ state: "failed", error: { code: "too-large", message: "Too large." } }, "Upload failed"],
	[{ state: "aborted" }, "Canceled"],
])("has words for every state: %o", (snapshot, status) => {
	expect(stateInWords(snapshot).status).toBe(status);
});

it("says why an upload failed, and offers a retry where it may help", () => {
	const taken = { code: "already-exists", message: "The key is taken." };
	const large = { code: "too-large", message: "This file is 6.2 GB. The limit is 5 GB." };
	expect([errorInWords(taken), retryInWords(taken)]).toEqual([
		"This name exists.",
		"Upload under a new name",
	]);
	expect([errorInWords(large), retryInWords(large)]).toEqual([large.message, undefined]);
	expect(retryInWords({ code: "network", message: "" })).toBe("Try again");
});

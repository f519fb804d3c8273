import { expect, it } from "vitest";
import { progressInWords, sizeInWords, timeInWords } from "../page/words.js";

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

it("says of the progress what is known", () => {
	expect(progressInWords({ loaded: 0, total: 10, bytesPerSecond: 0 })).toBe("0 %");
	expect(progressInWords({ loaded: 5_000, bytesPerSecond: 1_000 })).toBe("5 kB, 1 kB/s");
	const all = { loaded: 1, total: 3, bytesPerSecond: 1, secondsLeft: 2 };
	expect(progressInWords(all)).toBe("33 %, 1 byte/s, 2 s left");
});

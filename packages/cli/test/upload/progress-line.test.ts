import { expect, test } from "vitest";
import type { Output } from "../../src/output.js";
import { createProgressLine } from "../../src/upload/progress-line.js";

test("the percentage of a line without a terminal is that of its bytes", () => {
	const lines: string[] = [];
	const output = { isTerminal: false, print: (text: string) => lines.push(text) };
	const line = createProgressLine(output as unknown as Output);
	for (const loaded of [10, 61, 74, 99, 150]) {
		line.update({ loaded: loaded * 1e6, total: 150e6, bytesPerSecond: 0 });
	}
	expect(lines).toEqual(["40 %: 61 MB of 150 MB", "66 %: 99 MB of 150 MB"]);
});

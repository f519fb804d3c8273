import { describe, expect, it } from "vitest";
import { barChart } from "../../src/report/bar-chart.mjs";

const chart = (...bars: object[]) =>
	barChart({ title: "Speed", groups: [{ name: "MiB/s", bars }] }) as string;
const widths = (svg: string) =>
	[...svg.matchAll(/<rect class="(?:ours|peer)".*? width="([\d.]+)"/g)].map(([, width]) =>
		Number(width),
	);

describe("a bar chart", () => {
	it("draws bars in proportion to their values", () => {
		const [long, short] = widths(chart({ name: "a", value: 300 }, { name: "b", value: 75 }));
		expect(long).toBe(4 * Number(short));
	});

	it("leaves room for the end of a range that is longer than any bar", () => {
		const [bar] = widths(chart({ name: "a", value: 10, low: 5, high: 20 }));
		const [full] = widths(chart({ name: "a", value: 10 }));
		expect(bar).toBe(Number(full) / 2);
	});

	it("gives every group a scale of its own", () => {
		const svg = barChart({
			title: "Both",
			groups: [
				{ name: "MiB/s", bars: [{ name: "a", value: 1000 }] },
				{ name: "seconds", bars: [{ name: "a", value: 0.5 }] },
			],
		}) as string;
		const [first, second] = widths(svg);
		expect(second).toBe(first);
	});

	it("draws nothing instead of failing when all values are 0", () => {
		expect(widths(chart({ name: "a", value: 0 }))).toEqual([0]);
	});

	it("tells every number in words too", () => {
		const svg = chart({ name: "curl", value: 494.4 }, { name: "we", value: 0.5, ours: true });
		expect(svg).toContain("MiB/s: curl 494, we 0.500.</desc>");
	});

	it("marks what is ours, and escapes what it is given", () => {
		const svg = chart({ name: "<a> & b", value: 1, ours: true });
		expect(svg).toContain('<rect class="ours"');
		expect(svg).toContain("&lt;a&gt; &amp; b");
		expect(svg).not.toContain("<a>");
	});
});

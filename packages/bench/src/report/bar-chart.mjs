import { format } from "../format.mjs";

/**
 * @typedef {object} Bar
 * @property {string} name
 * @property {number} value not negative
 * @property {number} [low] of the range that is drawn over the bar, together with `high`
 * @property {number} [high]
 * @property {boolean} [ours] stands out from the others
 *
 * @typedef {object} Group bars that share a unit and a scale; a missed measurement is left out
 * @property {string} name what is measured, with its unit, and which way is better
 * @property {readonly Bar[]} bars
 *
 * @typedef {object} Chart
 * @property {string} title
 * @property {readonly Group[]} groups
 */

const width = 760;
const margin = 28;
/** The x position where bars start, after the names. */
const left = 236;
/** The x position where the longest bar or range ends, before its number. */
const right = 670;
const lines = { title: 48, groupName: 40, bar: 30 };
const thickness = 18;

const style = `
		svg { --ground: #ffffff; --text: #1b1f26; --quiet: #566070; --peer: #8b95a3; --ours: #0b6bcb }
		@media (prefers-color-scheme: dark) {
			svg { --ground: #12161c; --text: #e9edf2; --quiet: #a3aebb; --peer: #7d8896; --ours: #5cb0ff }
		}
		text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--text) }
		.ground { fill: var(--ground) }
		.title { font-size: 14px; font-weight: 600 }
		.group { fill: var(--quiet) }
		.name { text-anchor: end }
		.number { font-variant-numeric: tabular-nums }
		.strong { font-weight: 600 }
		.peer { fill: var(--peer) }
		.ours { fill: var(--ours) }
		.range { stroke: var(--text); stroke-width: 1.5 }`;

/**
 * Draws horizontal bars in the reader's preferred colour scheme.
 *
 * @param {Chart} chart
 * @returns {string} an SVG
 */
export function barChart({ title, groups }) {
	const parts = [];
	let y = lines.title;
	for (const { name, bars } of groups) {
		y += lines.groupName;
		parts.push(text("group", margin, y - 14, name));
		const longest = Math.max(...bars.map(({ value, high = value }) => high));
		for (const bar of bars) {
			parts.push(...drawBar(bar, y, (right - left) / (longest || 1)));
			y += lines.bar;
		}
	}
	const height = y + margin / 2;
	return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description">
	<title id="title">${escapeXml(title)}</title>
	<desc id="description">${escapeXml(describe(groups))}</desc>
	<style>${style}
	</style>
	<rect class="ground" width="${width}" height="${height}" rx="12"/>
	${[text("title", margin, 40, title), ...parts].join("\n\t")}
</svg>
`;
}

function drawBar({ name, value, low, high = value, ours = false }, y, scale) {
	const middle = y + thickness / 2;
	const weight = ours ? " strong" : "";
	const at = (number) => round(left + number * scale);
	const drawn = [
		text(`name${weight}`, left - 12, middle + 5, name),
		`<rect class="${ours ? "ours" : "peer"}" x="${left}" y="${y}" width="${round(value * scale)}" height="${thickness}" rx="2"/>`,
	];
	if (low < high) {
		const ends = [low, high].map((end) => `M${at(end)} ${middle - 4}v8`).join("");
		drawn.push(`<path class="range" d="M${at(low)} ${middle}H${at(high)}${ends}"/>`);
	}
	return [
		...drawn,
		text(`number${weight}`, at(Math.max(value, high)) + 10, middle + 5, format(value)),
	];
}

/** All numbers as text, for screen readers. */
function describe(groups) {
	return groups
		.map(({ name, bars }) => {
			const values = bars.map(({ name, value }) => `${name} ${format(value)}`);
			return `${name}: ${values.join(", ")}.`;
		})
		.join(" ");
}

function text(className, x, y, content) {
	return `<text class="${className}" x="${x}" y="${y}">${escapeXml(content)}</text>`;
}

function round(position) {
	return Math.round(position * 10) / 10;
}

function escapeXml(content) {
	return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

import { expect, test } from "vitest";
import { runSteps, type StepsResult } from "../../../src/events/run-steps.js";
import { sniffType } from "../../../src/events/steps/sniff-type.js";
import { serveObject } from "../../support/range-server.js";

/** @param as - The declared type, a space, and the name. */
async function look(content: Uint8Array | string, as: string): Promise<StepsResult> {
	const [contentType = "", key = ""] = as.split(" ");
	return runSteps([sniffType()], await serveObject(Buffer.from(content), { contentType, key }));
}
const short = ({ verdict, reason }: StepsResult): string => `${verdict} ${reason ?? ""}`.trim();

const svg = (inside: string, head = ""): string =>
	`${head}<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">${inside}</svg>`;
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

test.each([
	["a script", svg("<script>alert(1)</script>")],
	["a script in capitals behind much text", svg(`${"<g/>".repeat(30_000)}<SCRIPT href="x"/>`)],
	["a script with a prefix", svg("<svg:script>alert(1)</svg:script>")],
	[
		"a script with a prefix in another script",
		svg('<é:script xmlns:é="http://www.w3.org/2000/svg">alert(1)</é:script>'),
	],
	["a handler", '<svg xmlns="http://www.w3.org/2000/svg"onload="alert(1)"/>'],
	["a handler behind a slash", '<svg/onload=alert(1) xmlns="http://www.w3.org/2000/svg"/>'],
	[
		"a script with a prefix that JavaScript counts as a space",
		svg('<\u1680:script xmlns:\u1680="http://www.w3.org/2000/svg">alert(1)</\u1680:script>'),
	],
	["foreign content with a prefix in another script", svg("<é:foreignObject/>")],
	["foreign content", svg("<foreignObject><p/></foreignObject>")],
	["an XHTML element", svg('<x xmlns="http://www.w3.org/1999/xhtml"/>')],
	["a link", svg('<a href="javascript:alert(1)"/>')],
	["a link in references", svg('<a href="&#106;ava&#x0a;scr&#105;pt&colon;alert(1)"/>')],
	["a link in padded references", svg('<a href="&#x000000006a;ava&#0000000115;cript:alert(1)"/>')],
	["a link with white space", svg('<a href=" java\nscript:alert(1)"/>')],
	["a data link", svg('<use href="data:image/svg+xml;base64,AA"/>')],
	["an entity", `<!DOCTYPE svg [<!ENTITY a "<script>">]>${svg("&a;")}`],
	[
		"an attribute by default",
		svg("", `<!DOCTYPE svg [${" ".repeat(2_000)}<!ATTLIST svg onload CDATA "alert(1)">]>`),
	],
	["a document type from elsewhere", svg("", '<!DOCTYPE svg SYSTEM "https://example.com/a.dtd">')],
	[
		"a document type from a file",
		svg("", '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "file:///etc/passwd">'),
	],
	[
		"a document type from a host with another's name",
		svg("", '<!DOCTYPE svg PUBLIC "a" "http://www.w3.org.example.com/a.dtd">'),
	],
	["a handler that is set", svg('<set attributeName="onclick" to="alert(1)"/>')],
	["an import of styles", svg("<style>@import url(https://example.com/a.css);</style>")],
	["an import in escapes", svg("<style>@\\69mport 'https://example.com/a.css';</style>")],
	["a style sheet", svg("", '<?xml version="1.0"?><?xml-stylesheet href="a.xsl"?>')],
	["a handler in UTF-16", Buffer.from(`\ufeff${svg('<g onclick="alert(1)"/>')}`, "utf16le")],
])("Active content: svg with %s", async (_name, content) => {
	expect(short(await look(content, "image/svg+xml a.svg"))).toBe("infected active-content");
});

test("XML with a script is refused as well", async () => {
	const xml = `${declaration}<a><s:script xmlns:s="http://www.w3.org/1999/xhtml">alert(1)</s:script></a>`;
	expect(short(await look(xml, "application/xml a.xml"))).toBe("infected active-content");
});

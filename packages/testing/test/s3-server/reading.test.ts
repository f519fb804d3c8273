import fc from "fast-check";
import { expect, test } from "vitest";
import { byteReader } from "../../src/s3-server/byte-reader.js";
import { parseCompletion } from "../../src/s3-server/completion-document.js";
import { readPostForm } from "../../src/s3-server/post-form.js";
import { S3Error } from "../../src/s3-server/s3-error.js";
import { readXml } from "../../src/s3-server/xml-reader.js";
import { leaf, tree, xmlDocument } from "../../src/s3-server/xml-writer.js";

/** A stream of these bytes in pieces of a size. */
async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
	for (let offset = 0; offset < bytes.length; offset += size) {
		yield bytes.subarray(offset, offset + size);
	}
}

async function whole(source: AsyncIterable<Buffer>): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of source) chunks.push(chunk);
	return Buffer.concat(chunks);
}

test("XML is read as it was written", () => {
	fc.assert(
		fc.property(fc.string({ unit: "grapheme" }), (text) => {
			const document = xmlDocument("Root", [tree("Child", [leaf("Leaf", `.${text}.`)])]);
			expect(readXml(document)).toEqual({
				name: "Root",
				text: "",
				children: [
					{
						name: "Child",
						text: "",
						children: [{ name: "Leaf", text: `.${text}.`, children: [] }],
					},
				],
			});
		}),
	);
});

test("prefixes, attributes, empty elements and references are understood", () => {
	const document =
		'<?xml version="1.0"?>\n<s3:A xmlns:s3="http://x" b = \'c\'>\n\t<s3:B/>\n\t<C d="">&lt;&amp;&#65;&#x42;</C>\n</s3:A>';
	expect(readXml(document)).toEqual({
		name: "A",
		text: "",
		children: [
			{ name: "B", text: "", children: [] },
			{ name: "C", text: "<&AB", children: [] },
		],
	});
});

test.each([
	["nothing", ""],
	["text alone", "text"],
	["an open element", "<A>"],
	["crossed elements", "<A><B></A></B>"],
	["a closing tag alone", "</A>"],
	["two documents", "<A/><B/>"],
	["text after the document", "<A/>text"],
	["a document type", '<!DOCTYPE a [<!ENTITY e "x">]><A>&e;</A>'],
	["an entity that is not XML's own", "<A>&nbsp;</A>"],
	["an ampersand alone", "<A>a & b</A>"],
	["a character that does not exist", "<A>&#x110000;</A>"],
	["a comment", "<A><!-- --></A>"],
	["an attribute without quotes", "<A b=c/>"],
])("%s is malformed XML", (_, document) => {
	expect(() => readXml(document)).toThrow(S3Error);
});

test("any other text fails with MalformedXML or is read", () => {
	const piece = fc.constantFrom(
		"<",
		">",
		"/",
		"A",
		" ",
		"=",
		'"',
		"'",
		"&",
		"#",
		";",
		"x",
		"1",
		"!",
	);
	fc.assert(
		fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
			try {
				readXml(pieces.join(""));
			} catch (error) {
				expect(error).toBeInstanceOf(S3Error);
			}
		}),
		{ numRuns: 2000 },
	);
});

test.each([
	["a part without a number", "<Part><ETag>a</ETag></Part>"],
	["a part without a tag", "<Part><PartNumber>1</PartNumber></Part>"],
	[
		"a part with two numbers",
		"<Part><PartNumber>1</PartNumber><PartNumber>2</PartNumber><ETag>a</ETag></Part>",
	],
	["a number that is none", "<Part><PartNumber>one</PartNumber><ETag>a</ETag></Part>"],
	["no part", ""],
])("a completion with %s is malformed", (_, parts) => {
	const document = `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`;
	expect(() => parseCompletion(document)).toThrow(S3Error);
});

test("a stream is split at its delimiters whatever its chunks", async () => {
	const bytes = Buffer.from("head\r\nabc\r\r\nd\r\nrest--end");
	for (let size = 1; size <= bytes.length; size++) {
		const reader = byteReader(inPieces(bytes, size));
		const lineEnd = Buffer.from("\r\n");
		expect((await reader.until(lineEnd, 10))?.toString()).toBe("head");
		expect((await whole(reader.take(4))).toString()).toBe("abc\r");
		expect((await reader.until(lineEnd, 10))?.toString()).toBe("");
		expect((await whole(reader.piecesUntil(lineEnd))).toString()).toBe("d");
		expect((await whole(reader.piecesUntil(Buffer.from("--end")))).toString()).toBe("rest");
	}
});

test("a line longer than allowed is not read to its end", async () => {
	let pulled = 0;
	async function* endless(): AsyncGenerator<Buffer> {
		for (;;) {
			pulled += 10;
			yield Buffer.alloc(10, "x");
		}
	}
	expect(await byteReader(endless()).until(Buffer.from("\n"), 100)).toBeUndefined();
	expect(pulled).toBeLessThan(200);
});

const form = [
	"--b",
	'Content-Disposition: form-data; name="Key"',
	"",
	"a/b",
	"--b",
	'Content-Disposition: form-data; name="file"; filename="f.bin"',
	"Content-Type: application/octet-stream",
	"",
	"bytes\r\n--\r\nmore",
	"--b--",
	"",
].join("\r\n");

test("the fields and the file of a form are read whatever its chunks", async () => {
	for (let size = 1; size < 40; size++) {
		const body = inPieces(Buffer.from(form), size);
		const { fields, fileName, file } = await readPostForm("multipart/form-data; boundary=b", body);
		expect([...fields]).toEqual([["key", "a/b"]]);
		expect(fileName).toBe("f.bin");
		expect((await whole(file)).toString()).toBe("bytes\r\n--\r\nmore");
	}
});

test.each([
	["is cut off in its file", form.slice(0, -8), "MalformedPOSTRequest"],
	["is cut off in a header", form.slice(0, 20), "MalformedPOSTRequest"],
	[
		"has no file",
		'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\na\r\n--b--\r\n',
		"InvalidArgument",
	],
	["has too long fields", form.replace("a/b", "x".repeat(30_000)), "MaxPostPreDataLengthExceeded"],
	["has a field without a name", form.replace('name="Key"', "x"), "MalformedPOSTRequest"],
])("a form that %s is refused", async (_, text, code) => {
	const read = async (): Promise<Buffer> => {
		const body = inPieces(Buffer.from(text), 1000);
		return await whole((await readPostForm("multipart/form-data; boundary=b", body)).file);
	};
	await expect(read()).rejects.toMatchObject({ code });
});

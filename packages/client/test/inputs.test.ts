import * as buffer from "node:buffer";
import { createContext, runInContext } from "node:vm";
import * as formdata from "formdata-node";
import { Window } from "happy-dom";
import { JSDOM } from "jsdom";
import { expect, test } from "vitest";
import { isBlobBody, openSource as openInBrowser } from "../src/browser/blob-source.js";
import { openSource as openInNode } from "../src/node/sources/open.js";
import type { UploadSource } from "../src/platform.js";
import { expectSameBytes } from "./fakes/values.js";

const { window } = new JSDOM("", { runScripts: "outside-only" });
const context = createContext({});
const abc = "Uint8Array.of(97, 98, 99)";
const type = "text/plain";

interface FileClasses {
	readonly Blob: new (parts: string[], options: { type: string }) => unknown;
	readonly File: new (parts: string[], name: string, options: { type: string }) => unknown;
}
const classes: Readonly<Record<string, FileClasses>> = {
	jsdom: window,
	"happy-dom": new Window() as unknown as FileClasses,
	"formdata-node": formdata,
	"node:buffer": buffer,
};
const files = Object.entries(classes).flatMap(([name, { Blob, File }]) => [
	[`a Blob of ${name}`, new Blob(["abc"], { type })] as const,
	[`a File of ${name}`, new File(["abc"], "a.txt", { type })] as const,
]);
const memory = [
	["a buffer", `${abc}.buffer`],
	["a typed array", abc],
	["a DataView", `new DataView(${abc}.buffer)`],
	[
		"shared memory",
		`((bytes) => (bytes.set(${abc}), bytes))(new Uint8Array(new SharedArrayBuffer(3)))`,
	],
] as const;

const platforms = [
	["Node", openInNode],
	["a browser", openInBrowser],
] as const;

async function read(source: UploadSource): Promise<string> {
	const bytes: number[] = [];
	for (let start = 0; start < source.size; start += 2) {
		const body = source.slice(start, Math.min(start + 2, source.size));
		for await (const chunk of body.chunks()) bytes.push(...chunk);
	}
	return String.fromCharCode(...bytes);
}

for (const [runtime, open] of platforms) {
	test.each(files)(`in ${runtime}, %s is a file`, async (name, file) => {
		const source = (await open(file)) as UploadSource;
		expect(source).toMatchObject({ size: 3, type });
		expect(await read(source)).toBe("abc");
		if (name.includes("File")) {
			expect(source.identity).toMatchObject({ name: "a.txt", lastModified: expect.any(Number) });
		}
	});

	test.each(memory)(`in ${runtime}, %s of another realm is bytes`, async (_, code) => {
		const source = (await open(runInContext(code, context))) as UploadSource;
		expect(await read(source)).toBe("abc");
	});

	test.each([
		["a path", "./film.mp4", /String|fromPath/],
		["nothing", undefined, /Undefined/],
		["a promise of a file", Promise.resolve(new Blob()), /Promise/],
		["a list of files", [new Blob()], /Array/],
		["a response", new Response("abc"), /Response/],
		["a form", new FormData(), /FormData/],
		["a window, which has an `open` too", window, /Window|Object/],
	])(`in ${runtime}, %s is refused by its type`, async (_, input, words) => {
		await expect(open(input)).rejects.toThrow(words);
		await expect(open(input)).rejects.toBeInstanceOf(TypeError);
	});
}

test("a polyfill's File of many pieces is copied whole in a browser", async () => {
	const bytes = new Uint8Array(2 ** 25 + 5).map((_, i) => i * 31);
	const file = new formdata.File([bytes], "a");
	const body = ((await openInBrowser(file)) as UploadSource).slice(0, bytes.length);
	if (!isBlobBody(body)) throw new Error("It must be a body for browsers.");
	expectSameBytes(await body.blob.bytes(), bytes);
});

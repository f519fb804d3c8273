import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";
import { transformSync } from "esbuild";
import { afterEach, expect, it, vi } from "vitest";
import { createFastCrc32, type FastCrc32 } from "../../src/browser/fast-crc32.js";
import { workerScript } from "../../src/browser/worker-script.js";

const bytes = randomBytes(2_500_000);

afterEach(() => vi.unstubAllGlobals());

function expectDigests(fast: FastCrc32): void {
	// around what is not folded, around the memory, and what ends between two words
	for (const size of [
		0,
		1,
		9_600,
		9_601,
		9_617,
		2 ** 20 - 1,
		2 ** 20,
		2 ** 20 + 9_700,
		2_500_000,
	]) {
		for (const chunkSize of [2_500_000, 2 ** 18, 65_537]) {
			for (let at = 0; at < size; at += chunkSize) {
				fast.update(bytes.subarray(at, Math.min(size, at + chunkSize)));
			}
			expect([size, chunkSize, fast.digest() >>> 0]).toEqual([
				size,
				chunkSize,
				crc32(bytes.subarray(0, size)),
			]);
		}
	}
}

it("gives the CRC-32 of zlib, whatever the length and the chunks", () => {
	expectDigests(createFastCrc32());
});

it("gives the same without WebAssembly, which a Content Security Policy can forbid", () => {
	vi.stubGlobal("WebAssembly", {
		Module: class {
			constructor() {
				throw new Error("refused");
			}
		},
	});
	expectDigests(createFastCrc32());
});

it.each(["es2017", "es2022"])(
	"works as a text of its own that was minified for %s, as in the worker",
	(target) => {
		const { code } = transformSync(`globalThis.create = ${createFastCrc32}`, {
			minify: true,
			target,
		});
		const scope: { create?: typeof createFastCrc32 } = {};
		new Function("globalThis", code)(scope);
		const fast = scope.create?.();
		fast?.update(bytes);
		expect((fast?.digest() ?? 0) >>> 0).toBe(crc32(bytes));
	},
);

it("is part of a script that names nothing of its module", () => {
	const scope = { onmessage: undefined };
	new Function("globalThis", workerScript)(scope);
	expect(scope.onmessage).toBeTypeOf("function");
});

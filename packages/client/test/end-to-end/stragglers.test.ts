import { randomBytes } from "node:crypto";
import { defineUploads } from "@skyput/server";
import { type Backend, type FaultEffect, startBackend } from "@skyput/testing";
import { afterEach, describe, expect, test } from "vitest";
import { type UploadOptions, uploadFile } from "../../src/node/index.js";

// One connection that is so slow that a test which waited for it would never end.

const mebibyte = 2 ** 20;
const file = new Blob([randomBytes(96 * mebibyte)]);
const uploads = defineUploads({ "files/:name": { authorize: "public", partSize: "8 MiB" } });
const straggler: FaultEffect = { kind: "straggler", bandwidth: 1_000 };

let backend: Backend;
afterEach(async () => await backend.close());

async function upload(
	partNumber: number | undefined,
	bandwidth: number,
	effect: FaultEffect = straggler,
	options: UploadOptions = {},
) {
	backend = await startBackend({ uploads, storageProxy: { bandwidth } });
	const { storageProxy, endpoint } = backend;
	if (partNumber) {
		storageProxy?.rules.push({ fault: { name: "slow", effect }, partNumber, nth: 1 });
	}
	const result = await uploadFile(file, "files/a", { endpoint, multipartThreshold: 0, ...options });
	expect(result).toMatchObject({ size: file.size, verified: true });
	const stored = await backend.read("files/a");
	expect(Buffer.from(await file.arrayBuffer()).equals(stored ?? Buffer.alloc(0))).toBe(true);
	return (storageProxy?.log ?? [])
		.filter(({ operation }) => operation === "UploadPart")
		.map((request) => request.partNumber)
		.sort((a = 0, b = 0) => a - b);
}

const each = Array.from({ length: 12 }, (_, index) => index + 1);

describe("a part on a slow connection", () => {
	test("is sent once more when nothing is left to start", async () => {
		expect(await upload(12, 40_000_000)).toEqual([...each, 12]);
	});

	test("is given to another connection while others are sent", async () => {
		expect(await upload(2, 1_500_000)).toEqual([1, 2, ...each.slice(1)]);
	});
});

test("a silent response is awaited for seconds once ten have come", async () => {
	// by the stall timeout alone it would take hours
	const options = { stallTimeout: 3_600_000 };
	expect(await upload(12, 40_000_000, { kind: "silence" }, options)).toEqual([...each, 12]);
});

test("a clean run sends every part once", async () => {
	expect(await upload(undefined, 40_000_000)).toEqual(each);
});

import { expect, test } from "vitest";
import { partUrl, planParts, planUnknownLength, sizeOfPart, wantsMultipart } from "../src/index.js";

const mib = 1024 * 1024;
const s3 = {
	minPartSize: 5 * mib,
	maxPartSize: 5 * 1024 * mib,
	maxParts: 10_000,
	maxObjectSize: 50e12,
};

test("a file goes in parts above 100,000,000 bytes, not at it", () => {
	expect(wantsMultipart(100_000_000)).toBe(false);
	expect(wantsMultipart(100_000_001)).toBe(true);
	expect(wantsMultipart(null)).toBe(true);
	expect(wantsMultipart(5, 4)).toBe(true);
});

test("parts are 16 MiB until 10,000 of them would not do", () => {
	expect(planParts(160 * mib, s3)).toEqual({ partSize: 16 * mib, partCount: 10 });
	expect(planParts(10_000 * 16 * mib, s3)).toEqual({ partSize: 16 * mib, partCount: 10_000 });
	expect(planParts(10_000 * 16 * mib + 1, s3)).toEqual({ partSize: 17 * mib, partCount: 9_412 });
});

test("50 TB, the largest object of S3, fits into 10,000 parts", () => {
	const plan = planParts(50e12, s3);
	expect(plan).not.toBeNull();
	expect(plan?.partCount).toBeLessThanOrEqual(10_000);
	expect((plan?.partSize ?? 0) * (plan?.partCount ?? 0)).toBeGreaterThanOrEqual(50e12);
});

test("a file above the largest object has no plan", () => {
	expect(planParts(50e12 + 1, s3)).toBeNull();
});

test("an empty file has no parts", () => {
	expect(planParts(0, s3)).toEqual({ partSize: 16 * mib, partCount: 0 });
});

test("a wished part size is brought within the storage's limits", () => {
	expect(planParts(20 * mib, s3, 1)?.partSize).toBe(5 * mib);
	expect(planParts(20e12, s3, 50e12)?.partSize).toBe(5 * 1024 * mib);
});

test("the parts add up to the file, whatever its size", () => {
	for (const size of [1, 16 * mib - 1, 16 * mib, 16 * mib + 1, 100_000_001, 999_999_999]) {
		const plan = planParts(size, s3);
		if (plan === null) throw new Error("no plan");
		let total = 0;
		for (let n = 1; n <= plan.partCount; n++) {
			const part = sizeOfPart(n, size, plan.partSize);
			expect(part).toBeGreaterThan(0);
			total += part;
		}
		expect(total).toBe(size);
	}
});

test("an unknown length gets parts that reach the largest size, between 16 and 128 MiB", () => {
	expect(planUnknownLength(1000, s3)).toBe(16 * mib);
	expect(planUnknownLength(10_000 * 20 * mib, s3)).toBe(20 * mib);
	expect(planUnknownLength(50e12, s3)).toBe(128 * mib);
});

test("the URL of a part is that of its host name, and its value is no pattern", () => {
	const window = {
		first: 4,
		urls: ["https://a/o?n={partNumber}&s={value}", "https://b/o?n={partNumber}&s={value}"],
		values: ["one", "$&$1"],
	};
	expect(partUrl(window, 4)).toBe("https://a/o?n=4&s=one");
	expect(partUrl(window, 5)).toBe("https://b/o?n=5&s=$&$1");
});

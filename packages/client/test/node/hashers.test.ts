import { expect, test } from "vitest";
import { hashers } from "../../src/node/hashers.js";

const check = Buffer.from("123456789");

test.each([
	["crc32", "y/Q5Jg=="],
	["crc32c", "4waSgw=="],
	["crc64nvme", "rosUhgp5mIg="],
	["md5", "JfnnlDI7RTiF9RgfG2JNCw=="],
	["sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="],
] as const)(
	"%s of the standard check string is right, in one update or byte by byte",
	(name, digest) => {
		const whole = hashers[name]();
		whole?.update(check);
		const bytewise = hashers[name]();
		for (let i = 0; i < check.length; i++) bytewise?.update(check.subarray(i, i + 1));
		expect(whole?.digest()).toBe(digest);
		expect(bytewise?.digest()).toBe(digest);
	},
);

test("crc32 of nothing is zero, in four bytes", () => {
	expect(hashers.crc32().digest()).toBe("AAAAAA==");
});

test.each(["crc32", "crc32c", "crc64nvme", "md5", "sha256"] as const)(
	"%s stays the same at an empty chunk",
	(name) => {
		const [whole, interrupted] = [hashers[name](), hashers[name]()];
		whole.update(check);
		interrupted.update(check);
		interrupted.update(new Uint8Array(new ArrayBuffer(0)));
		expect(interrupted.digest()).toBe(whole.digest());
	},
);

import { expect, test } from "vitest";
import { services } from "../../../src/providers/s3/services.js";

const rows = Object.entries(services);

test.each(rows)(
	"%s copies create-only no more than CopyObject can, unless its commit is create-only",
	(_, { capabilities }) => {
		const { copy, createOnly } = capabilities;
		if (!copy.createOnly || createOnly.multipart === "at-complete") return;
		expect(copy.maxSize).toBeLessThanOrEqual(5 * 2 ** 30);
	},
);

test("only AWS is taken to refuse headers that nobody signed, and to verify a whole object", () => {
	for (const [name, { capabilities }] of rows) {
		if (name === "aws") continue;
		expect(capabilities.unsignedHeaders).toBe("accepted");
		expect(capabilities.checksums.object).toEqual([]);
	}
});

test("R2 refuses to overwrite in both ways, and keeps unfinished uploads for a week", () => {
	const { createOnly, multipart } = services.r2.capabilities;
	expect(createOnly).toEqual({ single: "enforced", multipart: "at-complete" });
	expect(multipart).toMatchObject({
		uploadLife: 604_800,
		maxObjectSize: 5 * 2 ** 40 - 5 * 2 ** 30,
	});
});

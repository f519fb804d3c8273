import { expect, test } from "vitest";
import { missingParts } from "../optional-parts.ts";

test.runIf(process.env["CI"] === "true")("CI leaves no part of the suite out", () => {
	expect(missingParts()).toEqual([]);
});

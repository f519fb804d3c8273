import { expectTypeOf, it } from "vitest";
import type * as browser from "../src/browser/index.js";
import type * as node from "../src/node/index.js";

it("offers the same in browsers and in Node", () => {
	expectTypeOf<typeof browser>().toEqualTypeOf<typeof node>();
});

import { expectTypeOf, it } from "vitest";
import type * as browser from "../src/browser/index.js";
import type * as native from "../src/native/index.js";
import type * as node from "../src/node/index.js";

it("offers the same in browsers and in Node", () => {
	expectTypeOf<typeof browser>().toEqualTypeOf<typeof node>();
});

it("offers the same in React Native, where a client takes more options", () => {
	type Client = ReturnType<typeof browser.createClient>;
	expectTypeOf<ReturnType<typeof native.createClient>>().toEqualTypeOf<Client>();
	type Shared = Omit<typeof browser, "createClient">;
	expectTypeOf<
		Omit<typeof native, "createClient" | "storageResumeStore">
	>().toEqualTypeOf<Shared>();
	expectTypeOf<native.NativeClientOptions>().toExtend<browser.ClientOptions>();
});

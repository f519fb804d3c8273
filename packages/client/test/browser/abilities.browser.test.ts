import { expect, inject, it } from "vitest";

const missing = inject("missing");

it("the engine can do what the table of engines says, and no more", () => {
	const found = {
		readInto: "ReadableStreamBYOBReader" in globalThis,
		longTasks: PerformanceObserver.supportedEntryTypes.includes("longtask"),
	};
	expect(found).toEqual({ readInto: !missing.readInto, longTasks: !missing.longTasks });
});

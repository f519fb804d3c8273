import { afterEach, expect, it, vi } from "vitest";
import { nextTask } from "../../src/http/wait.js";

afterEach(() => void vi.unstubAllGlobals());

it.each([
	["is missing", undefined],
	[
		"throws",
		class {
			constructor() {
				throw new Error("not supported");
			}
		},
	],
])(
	"the next task comes by a timer where MessageChannel %s, as in edge runtimes",
	async (_, MessageChannel) => {
		vi.stubGlobal("MessageChannel", MessageChannel);
		const order: string[] = [];
		const next = nextTask().then(() => order.push("task"));
		queueMicrotask(() => order.push("microtask"));
		await next;
		expect(order).toEqual(["microtask", "task"]);
	},
);

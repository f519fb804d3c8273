import { expect, it } from "vitest";
import { createSlots, type Slots } from "../../src/upload/concurrency-limiter.js";

const never = new AbortController().signal;
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Has the names wait in line, and tells who got in. */
function line(slots: Slots, names: string): { readonly inside: Map<string, () => void> } {
	const inside = new Map<string, () => void>();
	for (const name of names) {
		void slots.take(never).then((leave) => inside.set(name, leave));
	}
	return { inside };
}
const names = (inside: Map<string, unknown>): string => [...inside.keys()].join("");

it("lets in as many as the limit says, in the order of the calls", async () => {
	const { inside } = line(
		createSlots(() => 2),
		"abcde",
	);
	await settled();
	expect(names(inside)).toBe("ab");
	inside.get("b")?.();
	await settled();
	expect(names(inside)).toBe("abc");
	inside.get("a")?.();
	inside.get("c")?.();
	await settled();
	expect(names(inside)).toBe("abcde");
});

it("lets in more when the limit has grown, and nobody while it has shrunk below those inside", async () => {
	let limit = 1;
	const slots = createSlots(() => limit);
	const { inside } = line(slots, "abcdef");
	limit = 3;
	slots.admit();
	await settled();
	expect(names(inside)).toBe("abc");
	limit = 2;
	inside.get("a")?.();
	await settled();
	expect(names(inside)).toBe("abc");
	inside.get("b")?.();
	await settled();
	expect(names(inside)).toBe("abcd");
});

it("forgets who gives up waiting, at once and with the reason", async () => {
	const slots = createSlots(() => 1);
	const leave = await slots.take(never);
	const impatient = new AbortController();
	const refused = slots.take(impatient.signal);
	const { inside } = line(slots, "z");
	impatient.abort("enough");
	await expect(refused).rejects.toBe("enough");
	leave();
	await settled();
	expect(names(inside)).toBe("z");
});

it("gives back the room of who is aborted just as it gets in", async () => {
	const slots = createSlots(() => 1);
	const leave = await slots.take(never);
	const late = new AbortController();
	const granted = slots.take(late.signal);
	const { inside } = line(slots, "z");
	leave();
	late.abort("too late");
	await expect(granted).rejects.toBe("too late");
	await settled();
	expect(names(inside)).toBe("z");
	await expect(slots.take(AbortSignal.abort("never began"))).rejects.toBe("never began");
	inside.get("z")?.();
	await slots.take(never);
});

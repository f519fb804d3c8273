import { expect, it } from "vitest";
import { createSemaphore, type Semaphore } from "../../src/upload/concurrency-limiter.js";

const never = new AbortController().signal;
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Has the names wait in line, and tells who got in. */
function line(semaphore: Semaphore, names: string): { readonly inside: Map<string, () => void> } {
	const inside = new Map<string, () => void>();
	for (const name of names) {
		void semaphore.acquire(never).then((release) => inside.set(name, release));
	}
	return { inside };
}
const names = (inside: Map<string, unknown>): string => [...inside.keys()].join("");

it("lets in as many as the limit says, in the order of the calls", async () => {
	const { inside } = line(
		createSemaphore(() => 2),
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
	const semaphore = createSemaphore(() => limit);
	const { inside } = line(semaphore, "abcdef");
	limit = 3;
	semaphore.admit();
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

it("removes a waiter that gives up, at once and with the reason", async () => {
	const semaphore = createSemaphore(() => 1);
	const release = await semaphore.acquire(never);
	const impatient = new AbortController();
	const refused = semaphore.acquire(impatient.signal);
	const { inside } = line(semaphore, "z");
	impatient.abort("enough");
	await expect(refused).rejects.toBe("enough");
	release();
	await settled();
	expect(names(inside)).toBe("z");
});

it("gives back the room of a waiter that is aborted just as it is admitted", async () => {
	const semaphore = createSemaphore(() => 1);
	const release = await semaphore.acquire(never);
	const late = new AbortController();
	const granted = semaphore.acquire(late.signal);
	const { inside } = line(semaphore, "z");
	release();
	late.abort("too late");
	await expect(granted).rejects.toBe("too late");
	await settled();
	expect(names(inside)).toBe("z");
	await expect(semaphore.acquire(AbortSignal.abort("never began"))).rejects.toBe("never began");
	inside.get("z")?.();
	await semaphore.acquire(never);
});

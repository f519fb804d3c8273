import { describe, expect, it } from "vitest";
import type { UploadPriority } from "../../src/options.js";
import { createSemaphore, type Semaphore } from "../../src/upload/semaphore.js";

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

describe("a semaphore with priorities", () => {
	/** The order in which callers get the one permit. */
	const order = async (waiting: readonly UploadPriority[]): Promise<readonly string[]> => {
		const semaphore = createSemaphore(() => 1);
		const release = await semaphore.acquire(never);
		const admitted: string[] = [];
		const all = waiting.map(async (priority, index) => {
			const release = await semaphore.acquire(never, priority);
			admitted.push(`${priority} ${index}`);
			release();
		});
		release();
		await Promise.all(all);
		return admitted;
	};

	it("admits callers of higher priority first, and in the order of the calls within each", async () => {
		expect(await order(["low", "normal", "high", "normal", "high"])).toEqual([
			"high 2",
			"high 4",
			"normal 1",
			"normal 3",
			"low 0",
		]);
	});

	it("gives each lower priority one permit of eight, however many callers of a higher one wait", async () => {
		const names = await order([
			...Array<UploadPriority>(40).fill("low"),
			...Array<UploadPriority>(40).fill("normal"),
			...Array<UploadPriority>(60).fill("high"),
		]);
		const count = (name: string): number =>
			names.slice(0, 64).filter((admitted) => admitted.startsWith(name)).length;
		expect([count("high"), count("normal"), count("low")]).toEqual([48, 8, 8]);
	});

	it("takes a caller that gives up out of the queue of its priority", async () => {
		const semaphore = createSemaphore(() => 1);
		const release = await semaphore.acquire(never);
		const controller = new AbortController();
		const given = semaphore.acquire(controller.signal, "high");
		const low = semaphore.acquire(never, "low");
		controller.abort("enough");
		await expect(given).rejects.toBe("enough");
		release();
		(await low)();
	});
});
